use std::sync::Arc;

/// Text of files that a manifest names (`env_file`, mounted configuration, kustomize resources), wherever the tree
/// lives: on disk, in a git revision, in a test. Paths are as reported in [`super::Location`].
pub trait Files: Sync {
    /// The text of a file; `None` if there is none, or it is too large or not text.
    fn read(&self, path: &str) -> Option<Arc<str>>;

    /// Whether a file is there.
    fn is_file(&self, path: &str) -> bool {
        self.read(path).is_some()
    }
}

/// Files held in memory, by path.
impl Files for std::collections::BTreeMap<String, String> {
    fn read(&self, path: &str) -> Option<Arc<str>> {
        self.get(path).map(|text| text.as_str().into())
    }
}

/// The folder of a file.
pub fn folder_of(path: &str) -> &str {
    path.rfind('/').map_or("", |i| if i == 0 { "/" } else { &path[..i] })
}

/// A path without its last extension.
pub fn stem(path: &str) -> &str {
    let name = path.rfind('/').map_or(0, |slash| slash + 1);
    path[name..].rfind('.').map_or(path, |dot| &path[..name + dot])
}

/// A path relative to the folder of another file, normalised: `a/b/c.yaml` and `../d` make `a/d`.
pub fn beside(file: &str, relative: &str) -> String {
    join(folder_of(file), relative)
}

/// `relative` under `folder`, with `.` and `..` resolved as far as possible.
pub fn join(folder: &str, relative: &str) -> String {
    let absolute = relative.starts_with('/') || (folder.starts_with('/') && !relative.starts_with('/'));
    let whole = if relative.starts_with('/') { relative.to_owned() } else { format!("{folder}/{relative}") };
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|p| *p != "..") => {
                parts.pop();
            }
            ".." if absolute => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    if absolute { format!("/{joined}") } else { joined }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_joined_and_normalised() {
        assert_eq!(beside("a/b/c.yaml", "../d"), "a/d");
        assert_eq!(beside("c.yaml", "./x/../y"), "y");
        assert_eq!(beside("/c.yaml", "d"), "/d");
        assert_eq!(["a.b/c", "a/c.tar.gz", ".env"].map(stem), ["a.b/c", "a/c.tar", ""]);
        assert_eq!(join("../shared", "../x"), "../x");
        assert_eq!(join("/a", "b"), "/a/b");
        assert_eq!(join("a", "/b"), "/b");
    }
}
