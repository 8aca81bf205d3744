//! The program as people run it: arguments, files and streams in, streams, files and an exit code out.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod channels;
mod determinism;
mod faults;
mod findings;
mod gate;
mod hostile;
mod inputs;
mod load;
mod mistakes;
mod oracles;
mod output;
mod overload;
mod rates;
#[cfg(unix)]
mod render;
mod replicas;
mod secrets;
mod settings;
mod what_if;
mod why_edge;

use assert_cmd::Command;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// A folder of its own for a test, outside any repository.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A folder with these files.
    fn with(files: &[(&str, &str)]) -> Self {
        let folder = Self::new();
        files.iter().for_each(|(path, text)| folder.write(path, text));
        folder
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// The names of the files at its top, sorted.
    fn names(&self) -> Vec<String> {
        let files = fs::read_dir(self.path()).unwrap();
        let mut names: Vec<_> = files.map(|f| f.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// The program in this folder.
    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::cargo_bin("linchpin").unwrap();
        for variable in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "RAYON_NUM_THREADS"] {
            command.env_remove(variable);
        }
        command.current_dir(self.path()).args(args);
        command
    }

    fn run(&self, args: &[&str]) -> Ran {
        self.command(args).into()
    }

    /// What a run prints as JSON; it has to succeed.
    fn json(&self, args: &[&str]) -> Value {
        let ran = self.run(&[args, &["--format", "json"]].concat());
        assert_eq!(ran.code, 0, "{args:?}: {}", ran.err);
        serde_json::from_str(&ran.out).unwrap()
    }
}

/// What a run left behind.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl From<Command> for Ran {
    fn from(mut command: Command) -> Self {
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
    }
}

/// A Deployment of one replica behind a Service of its name, with environment variables.
fn workload(name: &str, environment: &[(&str, &str)]) -> String {
    let variable = |(key, value): &(&str, &str)| format!("{{name: {key}, value: \"{value}\"}}");
    let environment: Vec<String> = environment.iter().map(variable).collect();
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec:\n  selector: {{matchLabels: {{app: {name}}}}}\n  \
         template:\n    metadata: {{labels: {{app: {name}}}}}\n    spec:\n      containers:\n        - name: {name}\n          \
         image: registry.example.com/{name}\n          env: [{}]\n---\n\
         apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{selector: {{app: {name}}}}}\n",
        environment.join(", ")
    )
}

/// `web`, which needs `db`, in one file.
fn pair() -> Folder {
    let text = format!("{}---\n{}", workload("web", &[("DB_HOST", "db")]), workload("db", &[]));
    Folder::with(&[("app.yaml", &text)])
}

/// A fixture's folder.
fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

/// `file:line: reason` of each problem with the inputs.
fn problems(report: &Value) -> Vec<String> {
    let problem =
        |p: &Value| format!("{}:{}: {}", p["file"].as_str().unwrap(), p["line"], p["reason"].as_str().unwrap());
    report["inputs"]["problems"].as_array().unwrap().iter().map(problem).collect()
}
