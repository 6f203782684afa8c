//! The code of the book and of the README, run: every block of Rust in them is a doctest of this package. The tests
//! below keep what a compiler does not see: links, file names, and the list of errors. The op gallery is made here too.

#[path = "gallery/mod.rs"]
pub mod gallery;

/// Pages and what becomes of them: a module each, whose docs are the page, and a list for the tests.
macro_rules! pages {
    ($($name:ident $path:literal)*) => {
        $(
            #[cfg(doctest)]
            #[doc = include_str!($path)]
            mod $name {}
        )*
        /// Every page, from this folder.
        #[cfg(test)]
        const PAGES: &[&str] = &[$($path),*];
    };
}
pages! {
    introduction "src/introduction.md"
    what_a_tape_is "src/what-a-tape-is.md"
    pytorch "src/pytorch.md"
    porting "src/porting.md"
    training "src/training.md"
    scopes "src/scopes.md"
    views "src/views.md"
    scalars "src/scalars.md"
    edges "src/edges.md"
    monte_carlo "src/monte-carlo.md"
    gradient "src/gradient.md"
    bundle_adjustment "src/bundle-adjustment.md"
    orders "src/orders.md"
    checking "src/checking.md"
    errors "src/errors.md"
    gallery_pointwise "src/gallery-pointwise.md"
    gallery_structural "src/gallery-structural.md"
    adding_an_op "src/adding-an-op.md"
    benchmarks "src/benchmarks.md"
    speed "src/speed.md"
    instructions "src/instructions.md"
    programs "src/programs.md"
    readme "../README.md"
    architecture "../ARCHITECTURE.md"
    contributing "../CONTRIBUTING.md"
    changelog "../CHANGELOG.md"
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::PAGES;

    fn here() -> &'static Path {
        Path::new(env!("CARGO_MANIFEST_DIR"))
    }

    fn read(path: impl AsRef<Path>) -> String {
        let path = here().join(path);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// The targets of a page's links into this project.
    fn links(text: &str) -> Vec<String> {
        text.split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
            .filter(|link| !link.contains("://") && !link.contains(char::is_whitespace))
            .filter_map(|link| link.split('#').next())
            .filter(|link| !link.is_empty())
            .map(String::from)
            .collect()
    }

    #[test]
    fn the_gallery_is_what_the_op_table_says() {
        for (path, text) in crate::gallery::files() {
            let name = path.strip_prefix(here()).unwrap().display();
            let stale = || panic!("{name} is stale: run `cargo run -p wengert-book --bin gallery`");
            match fs::read_to_string(&path) {
                // The last digits of a function differ from system to system, and with them a pixel of its plot.
                Ok(_) if path.extension().is_some_and(|extension| extension == "svg") => {}
                Ok(found) if found == text => {}
                _ => stale(),
            }
        }
    }

    #[test]
    fn links_lead_to_files() {
        for page in PAGES.iter().chain(&["src/SUMMARY.md"]) {
            let folder = here().join(page).parent().unwrap().to_owned();
            for link in links(&read(page)) {
                assert!(folder.join(&link).exists(), "{page} links to {link}, which does not exist");
            }
        }
    }

    #[test]
    fn every_page_is_in_the_summary_and_is_run() {
        let summary = links(&read("src/SUMMARY.md"));
        let pages = fs::read_dir(here().join("src")).unwrap();
        for page in pages.map(|entry| entry.unwrap().file_name().into_string().unwrap()) {
            if page == "SUMMARY.md" || !page.ends_with(".md") {
                continue;
            }
            assert!(summary.contains(&page), "{page} is not in SUMMARY.md");
            assert!(PAGES.contains(&&*format!("src/{page}")), "{page} is not run by lib.rs");
        }
    }

    /// A file that a page names in code: `tape/record.rs`, from the root or from the sources of the library.
    #[test]
    fn files_that_are_named_exist() {
        let roots = ["..", "../crates/wengert/src", "../crates/wengert", "../crates"];
        for page in ["../ARCHITECTURE.md", "../CONTRIBUTING.md", "../README.md", "src/adding-an-op.md"] {
            let text = read(page);
            let prose: String = text.split("```").step_by(2).collect();
            for name in prose.split('`').skip(1).step_by(2) {
                let is_file = name.ends_with(".rs") && !name.contains(['*', '{', ' ']);
                let found = || roots.iter().any(|root| here().join(root).join(name).exists());
                assert!(!is_file || found(), "{page} names {name}, which does not exist");
            }
        }
    }

    /// A block that names its file in its first line, `// ops/scan.rs`, stands in it, whatever the indentation.
    #[test]
    fn blocks_of_the_sources_stand_in_them() {
        let lines = |text: &str| text.lines().map(|line| line.trim().to_string() + "\n").collect::<String>();
        let page = read("src/adding-an-op.md");
        let mut compared = 0;
        for block in page.split("\n```text\n// ").skip(1) {
            let (name, block) = block.split_once('\n').unwrap();
            let block = block.split("\n```\n").next().unwrap();
            let file = ["..", "../crates/wengert/src"].map(|root| here().join(root).join(name));
            let file = file.iter().find(|file| file.exists()).unwrap_or_else(|| panic!("there is no {name}"));
            assert!(lines(&read(file)).contains(&lines(block)), "{name} has not got\n{block}");
            compared += 1;
        }
        assert_eq!(compared, 6);
    }

    /// Every op of the tables is somewhere in the list of names.
    #[test]
    fn every_op_has_its_name_in_pytorch() {
        let page = read("src/porting.md");
        let pointwise = wengert::table::pointwise::<f64>().into_iter().map(|row| row.name);
        let structural = wengert::table::structural::<f64>().into_iter().map(|row| row.name);
        for name in pointwise.chain(structural) {
            assert!(page.contains(&format!(".{name}(")), "porting.md does not name {name}");
        }
    }

    #[test]
    fn every_error_is_in_the_list() {
        let errors = read("src/errors.md");
        let source = read("../crates/wengert/src/error.rs");
        let body = source.split("pub enum Error {").nth(1).unwrap().split("\n}").next().unwrap();
        let variants = body.lines().filter_map(|line| line.strip_prefix("    ")?.split_once(" {"));
        let names = variants.map(|(name, _)| name).filter(|name| name.starts_with(char::is_uppercase));
        let names: Vec<&str> = names.collect();
        assert!(names.len() > 20, "{names:?}");
        for name in names {
            assert!(errors.contains(&format!("`{name}`")), "errors.md does not list {name}");
        }
    }

    #[test]
    fn nothing_names_a_path_of_one_machine() {
        let summary: PathBuf = "src/SUMMARY.md".into();
        for page in PAGES.iter().map(PathBuf::from).chain([summary]) {
            let text = read(&page);
            for path in ["home", "tmp", "Users", "root"].map(|folder| format!("/{folder}/")) {
                assert!(!text.contains(&path), "{} names {path}", page.display());
            }
        }
    }
}
