//! The fenced blocks of a Markdown text.

/// A block that is tested.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) language: &'static str,
    /// `test=NAME`
    pub(super) session: &'static str,
    /// `file=NAME`
    pub(super) file: Option<&'static str>,
    /// `exit=CODE`
    pub(super) exit: i32,
    /// `background`
    pub(super) background: bool,
    /// The line that the block begins at, from 1.
    pub(super) line: usize,
    pub(super) text: String,
}

/// The tested blocks, in order.
pub(super) fn of(markdown: &'static str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = markdown.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let Some(info) = line.strip_prefix("```") else { continue };
        let text: String = lines
            .by_ref()
            .map(|(_, line)| line)
            .take_while(|line| *line != "```")
            .map(|line| format!("{line}\n"))
            .collect();
        blocks.extend(block(index + 1, info, text));
    }
    blocks
}

fn block(line: usize, info: &'static str, text: String) -> Option<Block> {
    let mut words = info.split_whitespace();
    let language = words.next()?;
    let mut block =
        Block { language, session: "", file: None, exit: 0, background: false, line, text };
    let mut illustration = false;
    for word in words {
        match word.split_once('=') {
            Some(("test", name)) => block.session = name,
            Some(("file", name)) => block.file = Some(name),
            Some(("exit", code)) => block.exit = code.parse().unwrap(),
            None if word == "background" => block.background = true,
            None if word == "illustration" => illustration = true,
            _ => panic!("README.md:{line}: `{word}` means nothing: see tests/it/readme/mod.rs"),
        }
    }
    if block.session.is_empty() {
        let runnable = ["console", "sh", "js", "python", "toml"].contains(&language);
        assert!(
            illustration || !runnable,
            "README.md:{line}: neither `test=NAME` nor `illustration`: see tests/it/readme/mod.rs"
        );
        return None;
    }
    Some(block)
}
