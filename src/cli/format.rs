use std::path::Path;

/// A format that something can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Text for people.
    Text,
    /// JSON for programs.
    Json,
    /// Graphviz DOT.
    Dot,
    /// A Mermaid flowchart.
    Mermaid,
}

impl Format {
    const ALL: [Format; 4] = [Format::Text, Format::Json, Format::Dot, Format::Mermaid];

    /// The extensions of its files, the usual one first.
    pub fn extensions(self) -> &'static [&'static str] {
        match self {
            Format::Text => &["txt"],
            Format::Json => &["json"],
            Format::Dot => &["dot", "gv"],
            Format::Mermaid => &["mmd"],
        }
    }

    /// The format that a file's extension asks for.
    pub fn of_file(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        Self::ALL.into_iter().find(|format| format.extensions().contains(&&*extension))
    }
}
