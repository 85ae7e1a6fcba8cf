//! What runs in a browser, in a real one: the machine's Chromium, without a window.

mod chromium;
mod connection;
mod dialects;
mod line;
mod module;
mod package;
mod page;
mod screenshots;
mod site;
mod tab;

pub(crate) use chromium::Browser;
pub(crate) use line::Line;
pub(crate) use tab::Tab;
