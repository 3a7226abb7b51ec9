//! The binary on real CMS files, served as the site looked on a day. Needs those files and Python 3; says so and passes
//! where one is not there.

use crate::practice::{Practice, text};
use crate::shared::shared;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The site in a process of its own; it ends when dropped.
struct Mirror {
    process: Child,
    port: u16,
}

impl Mirror {
    /// The site as of a day, or none where Python is not there.
    fn start(shared: &Path, as_of: &str) -> Option<Self> {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let mut command = Command::new("python3");
        command
            .arg(shared.join("tools/cms_mirror.py"))
            .args(["--as-of", as_of, "--port"])
            .arg(port.to_string());
        let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
        let mirror = Self { process, port };
        let begin = Instant::now();
        while mirror.ask("/__log").is_none() {
            assert!(
                begin.elapsed() < Duration::from_secs(20),
                "the mirror does not answer"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(mirror)
    }

    /// The first line of the answer to a request.
    fn ask(&self, path: &str) -> Option<String> {
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        std::io::Write::write_all(&mut stream, format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes()).ok()?;
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).ok()?;
        Some(line)
    }
}

impl Drop for Mirror {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn two_drugs_leave_j3590_on_the_real_files() {
    let Some(shared) = shared("tools/cms_mirror.py") else {
        return;
    };
    let Some(mirror) = Mirror::start(&shared, "2023-06-20") else {
        eprintln!("skipped: python3 is not there");
        return;
    };
    let practice = Practice::at(&format!("http://127.0.0.1:{}", mirror.port));
    practice.write(
        "drugs.csv",
        "brand,proper_name,ndc\nBriumvi,ublituximab-xiiy,73150-0150-06\nLeqembi,lecanemab-irmb,62856-0212-01\n",
    );
    practice.run("2023-06-20").with(0);
    let told = |code: &str| -> Vec<[String; 3]> {
        let alerts = practice.alerts();
        let own = alerts.iter().filter(|alert| alert["to_code"] == code);
        own.map(|alert| ["kind", "effective_date", "raised_on"].map(|field| text(alert, field).to_owned()))
            .collect()
    };
    assert_eq!(
        told("J2329"),
        [["permanent-code-announced", "2023-07-01", "2023-06-20"]]
    );
    mirror.ask("/__as_of/2023-07-05").unwrap();
    practice.run("2023-07-05").with(0);
    assert_eq!(
        told("J2329")[1],
        ["permanent-code-effective", "2023-07-01", "2023-07-05"]
    );
    mirror.ask("/__as_of/2023-10-05").unwrap();
    practice.run("2023-10-05").with(0);
    let leqembi = told("J0174");
    assert_eq!(leqembi.last().unwrap()[1], "2023-07-06", "{leqembi:?}");
}
