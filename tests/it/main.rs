//! The whole of gatepass from outside: per capability a file. Every end-to-end body runs on LocalStack and on the
//! embedded backend: see [`backend`].

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod apply;
mod auth;
mod backend;
mod browser;
mod cli;
mod clients;
mod confirm;
mod connect_proxy;
mod credentials;
mod dev;
mod disconnects;
mod downloads;
mod dropped;
mod end_to_end;
mod explain;
mod forms;
mod half_way;
mod links;
mod multipart;
mod namespace;
mod openapi;
mod operate;
mod policy;
mod provision;
mod proxy;
mod readme;
mod serve;
mod simulator;
mod stalls;
mod upload;
mod upload_command;
mod verify;
mod workspace;
