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
    /// A fault tree in the Open-PSA Model Exchange Format.
    OpenPsa,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// JUnit's XML, for test reports.
    Junit,
    /// Markdown, for comments on pull requests and step summaries.
    Markdown,
    /// A page of its own.
    Html,
    /// Annotations of GitHub Actions.
    Github,
    /// Code Quality of GitLab.
    Gitlab,
    /// Diagnostics of reviewdog, one a line.
    Rdjsonl,
}

impl Format {
    /// The extensions of its files, the usual one first.
    pub fn extensions(self) -> &'static [&'static str] {
        match self {
            Format::Text => &["txt"],
            Format::Json => &["json"],
            Format::Dot => &["dot", "gv"],
            Format::Mermaid => &["mmd"],
            Format::OpenPsa | Format::Junit => &["xml"],
            Format::Sarif => &["sarif"],
            Format::Markdown => &["md"],
            Format::Html => &["html", "htm"],
            Format::Rdjsonl => &["rdjsonl"],
            Format::Github | Format::Gitlab => &[],
        }
    }

    /// The format among those offered that a file's extension asks for.
    pub fn of_file(path: &Path, offered: &[Format]) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        offered.iter().copied().find(|format| format.extensions().contains(&&*extension))
    }
}
