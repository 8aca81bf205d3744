//! Running git: lists of arguments, no shell, nothing that could change the repository or run what its configuration
//! names.

use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// As much of what git says as a message can bear, in characters.
const SAID: usize = 300;

/// What git printed, or how it failed.
pub(super) enum Answer {
    /// Its standard output.
    Ok(String),
    /// What it said on standard error.
    Failed(String),
}

/// What to say when there is no git.
pub(super) const MISSING: &str = "`git` is not on PATH, and a base given by --base is read with it; install git, or give the base as a folder with --base-dir";

/// Git in a folder, read-only.
pub(super) fn git(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .arg("--no-pager")
        .arg("--no-replace-objects")
        .arg("--literal-pathspecs")
        .args(["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "protocol.allow=never"])
        .arg("-C")
        .arg(folder)
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("LC_ALL", "C")
        // Set where git itself runs us, as in hooks; the folder says which repository is meant.
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_INDEX_FILE")
        .env_remove("GIT_PREFIX")
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .stdout(Stdio::piped());
    command
}

/// Asks git.
///
/// # Errors
/// If it cannot be run at all.
pub(super) fn ask(folder: &Path, arguments: &[&str]) -> Result<Answer, String> {
    let output = git(folder).args(arguments).output().map_err(|e| unrunnable(&e))?;
    if output.status.success() {
        return Ok(Answer::Ok(String::from_utf8_lossy(&output.stdout).into_owned()));
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said: String = said.chars().map(|c| if c.is_control() { ' ' } else { c }).take(SAID).collect();
    Ok(Answer::Failed(said.trim().to_owned()))
}

fn unrunnable(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => MISSING.to_owned(),
        _ => format!("`git` cannot be run: {error}"),
    }
}

/// A `git cat-file --batch` that answers one question after the other.
pub(super) struct Batch {
    child: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Batch {
    /// Starts it in a repository.
    ///
    /// # Errors
    /// If it cannot be run.
    pub fn start(folder: &Path) -> Result<Self, String> {
        let mut command = git(folder);
        command.args(["cat-file", "--batch"]).stdin(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|e| unrunnable(&e))?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(questions), Some(answers)) => {
                Ok(Self { child, questions: Some(questions), answers: BufReader::with_capacity(1 << 16, answers) })
            }
            _ => Err("`git cat-file` cannot be spoken with".to_owned()),
        }
    }

    /// The bytes of a blob, unless it is larger than `limit`: then its size.
    ///
    /// # Errors
    /// If the object is not there, or git went away.
    pub fn blob(&mut self, id: &str, limit: u64) -> Result<Result<Vec<u8>, u64>, String> {
        let gone = |e: std::io::Error| format!("`git cat-file` went away: {e}");
        let questions = self.questions.as_mut().ok_or_else(|| "`git cat-file` has ended".to_owned())?;
        questions.write_all(format!("{id}\n").as_bytes()).and_then(|()| questions.flush()).map_err(gone)?;
        let mut head = String::new();
        self.answers.read_line(&mut head).map_err(gone)?;
        let mut words = head.split_ascii_whitespace();
        let size = match (words.next(), words.next(), words.next().map(str::parse::<u64>)) {
            (Some(_), Some("blob"), Some(Ok(size))) => size,
            _ => return Err(format!("git has no object {id} (a clone without blobs, or a damaged one)")),
        };
        // A line feed follows the object.
        if size > limit {
            let mut rest = (&mut self.answers).take(size + 1);
            std::io::copy(&mut rest, &mut std::io::sink()).map_err(gone)?;
            return Ok(Err(size));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 1);
        (&mut self.answers).take(size + 1).read_to_end(&mut bytes).map_err(gone)?;
        bytes.pop();
        Ok(Ok(bytes))
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        // It ends when nobody can ask any more.
        self.questions = None;
        let _ = self.child.wait();
    }
}

/// A path that exists, or the nearest folder above it that does.
pub(super) fn nearest_folder(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let existing = absolute.ancestors().find(|p| p.is_dir()).unwrap_or(Path::new("."));
    std::fs::canonicalize(existing).unwrap_or_else(|_| existing.to_path_buf())
}
