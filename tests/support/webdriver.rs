//! A small `WebDriver` client for a Chromium driven by `chromedriver`: plain HTTP and JSON, one session.
//! Source: W3C `WebDriver`, and `chromedriver`'s `goog:loggingPrefs` and `se/log`.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A browser, closed when dropped.
pub(crate) struct Browser {
    client: reqwest::blocking::Client,
    session: String,
    driver: Child,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// A headless browser; none where chromedriver is not installed.
    pub(crate) fn start() -> Option<Self> {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| {
                let (_, port) = line.split_once("started successfully on port ")?;
                port.trim_end_matches('.').parse::<u16>().ok()
            })
            .expect("chromedriver tells its port");
        // The rest of what it says must be read, or it stops when the pipe is full.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::blocking::Client::builder()
            .timeout(std::time::Duration::from_mins(2))
            .no_proxy()
            .build()
            .unwrap();
        let profile = tempfile::tempdir().unwrap();
        let arguments = [
            "--headless=new".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--no-first-run".to_owned(),
            "--disable-background-networking".to_owned(),
            format!("--user-data-dir={}", profile.path().display()),
        ];
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "goog:chromeOptions": { "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
        } } });
        let address = format!("http://127.0.0.1:{port}/session");
        let opened = post(&client, &address, &wanted);
        let id = opened["sessionId"].as_str().unwrap();
        Some(Self {
            session: format!("{address}/{id}"),
            client,
            driver,
            _profile: profile,
        })
    }

    fn command(&self, path: &str, body: &Value) -> Value {
        post(&self.client, &format!("{}/{path}", self.session), body)
    }

    /// Opens a file in a window of `width` by `height` CSS pixels, as such a screen would show it.
    pub(crate) fn open(&self, file: &Path, width: u32, height: u32) {
        let size = json!({ "cmd": "Emulation.setDeviceMetricsOverride", "params":
            { "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 } });
        self.command("goog/cdp/execute", &size);
        self.command("url", &json!({ "url": format!("file://{}", file.display()) }));
    }

    /// Whether the page is shown in dark colours, or for `print`.
    pub(crate) fn emulate(&self, scheme: &str, media: &str) {
        let params =
            json!({ "media": media, "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.command(
            "goog/cdp/execute",
            &json!({ "cmd": "Emulation.setEmulatedMedia", "params": params }),
        );
    }

    /// Whether scripts of the page run; they do until this is called.
    pub(crate) fn allow_script(&self, allowed: bool) {
        let params = json!({ "value": !allowed });
        self.command(
            "goog/cdp/execute",
            &json!({ "cmd": "Emulation.setScriptExecutionDisabled", "params": params }),
        );
    }

    /// What a script in the page returns.
    pub(crate) fn evaluate(&self, script: &str) -> Value {
        self.command("execute/sync", &json!({ "script": script, "args": [] }))
    }

    fn find(&self, selector: &str) -> String {
        let found = self.command("element", &json!({ "using": "css selector", "value": selector }));
        found
            .as_object()
            .unwrap()
            .values()
            .next()
            .unwrap()
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Types into a field, as a person would.
    pub(crate) fn type_into(&self, selector: &str, text: &str) {
        let element = self.find(selector);
        self.command(&format!("element/{element}/clear"), &json!({}));
        self.command(&format!("element/{element}/value"), &json!({ "text": text }));
    }

    /// Clicks, as a person would: an element that is hidden or covered is an error.
    pub(crate) fn click(&self, selector: &str) {
        let element = self.find(selector);
        self.command(&format!("element/{element}/click"), &json!({}));
    }

    /// The entries of a log since it was last read: `browser` (the console) or `performance` (the network).
    pub(crate) fn log(&self, name: &str) -> Vec<Value> {
        self.command("se/log", &json!({ "type": name }))
            .as_array()
            .unwrap()
            .clone()
    }

    /// A picture of the whole page.
    pub(crate) fn screenshot(&self, file: &Path) {
        let params = json!({ "format": "png", "captureBeyondViewport": true });
        let shot = self.command(
            "goog/cdp/execute",
            &json!({ "cmd": "Page.captureScreenshot", "params": params }),
        );
        write_base64(file, &shot);
    }

    /// The page as it is printed on Letter, as PDF.
    pub(crate) fn print(&self, file: &Path) {
        let params = json!({ "preferCSSPageSize": true, "printBackground": false });
        let printed = self.command(
            "goog/cdp/execute",
            &json!({ "cmd": "Page.printToPDF", "params": params }),
        );
        write_base64(file, &printed);
    }
}

fn write_base64(file: &Path, answer: &Value) {
    use base64::Engine;
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(answer["data"].as_str().unwrap())
        .unwrap();
    std::fs::write(file, bytes).unwrap();
}

fn post(client: &reqwest::blocking::Client, address: &str, body: &Value) -> Value {
    let answer = client.post(address).body(body.to_string()).send().unwrap();
    let text = answer.text().unwrap();
    let mut value: Value = serde_json::from_str(&text).unwrap();
    assert!(value["value"]["error"].is_null(), "{address}: {text}");
    value["value"].take()
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.client.delete(&self.session).send();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
