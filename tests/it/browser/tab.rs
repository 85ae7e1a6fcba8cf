//! One page in a browser, and what a person does to it.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::connection::Connection;

/// How long something may take to become true, in milliseconds.
const LIMIT_MS: u32 = 60_000;

/// A tab.
pub(crate) struct Tab {
    connection: Connection,
    session: String,
}

impl Tab {
    pub(super) async fn open(connection: Connection, url: &str) -> Self {
        let browser = async |method, params| connection.call(None, method, params).await.unwrap();
        let context = browser("Target.createBrowserContext", json!({})).await;
        let wanted = json!({ "url": "about:blank", "browserContextId": context["browserContextId"], "width": 1000, "height": 800 });
        let target = browser("Target.createTarget", wanted).await;
        let attached = browser(
            "Target.attachToTarget",
            json!({ "targetId": target["targetId"], "flatten": true }),
        )
        .await;
        let session = attached["sessionId"].as_str().unwrap().to_owned();
        let tab = Self { connection, session };
        for domain in ["Page", "Runtime", "Log", "DOM"] {
            tab.call(&format!("{domain}.enable"), json!({})).await;
        }
        tab.go(url).await;
        tab
    }

    /// Loads another address.
    pub(crate) async fn go(&self, url: &str) {
        let loaded = self.call("Page.navigate", json!({ "url": url })).await;
        assert_eq!(loaded.get("errorText"), None, "{url}");
        self.wait_for("document.readyState === 'complete'").await;
    }

    /// Calls a method of the DevTools protocol.
    pub(crate) async fn call(&self, method: &str, params: Value) -> Value {
        self.connection.call(Some(&self.session), method, params).await.unwrap()
    }

    /// The value of an expression in the page, awaited where it is a promise.
    pub(crate) async fn eval(&self, expression: &str) -> Value {
        let wanted = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true, "userGesture": true });
        let answer = self.call("Runtime.evaluate", wanted).await;
        if let Some(thrown) = answer.get("exceptionDetails") {
            panic!(
                "{expression}\nthrew {}",
                thrown["exception"]["description"].as_str().unwrap_or(&thrown.to_string())
            );
        }
        answer["result"]["value"].clone()
    }

    /// The same where it is a text.
    pub(crate) async fn text(&self, expression: &str) -> String {
        let value = self.eval(expression).await;
        value.as_str().unwrap_or_else(|| panic!("{expression} is no text: {value}")).to_owned()
    }

    /// Waits until an expression in the page is true, and gives its value.
    pub(crate) async fn wait_for(&self, expression: &str) -> Value {
        let value = self
            .eval(&format!(
                "(async () => {{
                  for (const end = performance.now() + {LIMIT_MS}; performance.now() < end; await new Promise((done) => setTimeout(done, 10))) {{
                    const value = await ({expression});
                    if (value) return value;
                  }}
                  return null;
                }})()"
            ))
            .await;
        if value.is_null() {
            let shown = self.text("document.body.innerText").await;
            panic!(
                "{expression}\ndid not come true; the page shows:\n{shown}\nand complains: {:#?}",
                self.complaints()
            );
        }
        value
    }

    /// Has an `<input type="file">` hold these files, as if chosen by hand.
    pub(crate) async fn choose(&self, input: &str, files: &[&Path]) {
        let root = self.call("DOM.getDocument", json!({})).await;
        let found = self
            .call(
                "DOM.querySelector",
                json!({ "nodeId": root["root"]["nodeId"], "selector": input }),
            )
            .await;
        self.call("DOM.setFileInputFiles", json!({ "nodeId": found["nodeId"], "files": files }))
            .await;
    }

    /// Drags files over an element and drops them there.
    pub(crate) async fn drop_on(&self, element: &str, files: &[&Path]) {
        let (x, y) = self.middle(element).await;
        let data = json!({ "items": [], "files": files, "dragOperationsMask": 1 });
        for kind in ["dragEnter", "dragOver", "drop"] {
            self.call(
                "Input.dispatchDragEvent",
                json!({ "type": kind, "x": x, "y": y, "data": data }),
            )
            .await;
        }
    }

    /// Clicks the middle of an element.
    pub(crate) async fn click(&self, element: &str) {
        let (x, y) = self.middle(element).await;
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({ "type": kind, "x": x, "y": y, "button": "left", "clickCount": 1 });
            self.call("Input.dispatchMouseEvent", event).await;
        }
    }

    async fn middle(&self, element: &str) -> (f64, f64) {
        let element = json!(element);
        let place = self
            .eval(&format!(
                "(() => {{
                  const found = document.querySelector({element});
                  found.scrollIntoView({{ block: 'center', behavior: 'instant' }});
                  const {{ x, y, width, height }} = found.getBoundingClientRect();
                  return [x + width / 2, y + height / 2];
                }})()"
            ))
            .await;
        (place[0].as_f64().unwrap(), place[1].as_f64().unwrap())
    }

    /// Presses a key of the keyboard: `Tab`, `Enter` or `Space`.
    pub(crate) async fn press(&self, key: &str) {
        let (code, text) = match key {
            "Tab" => (9, ""),
            "Enter" => (13, "\r"),
            "Space" => (32, " "),
            other => panic!("the key {other} is not known here"),
        };
        let name = if key == "Space" { " " } else { key };
        for kind in ["keyDown", "keyUp"] {
            let event = json!({ "type": kind, "key": name, "code": key, "windowsVirtualKeyCode": code, "text": text });
            self.call("Input.dispatchKeyEvent", event).await;
        }
    }

    /// Makes the window so large, and light or dark.
    pub(crate) async fn look(&self, width: u32, height: u32, scheme: &str) {
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", size).await;
        let media = json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ] });
        self.call("Emulation.setEmulatedMedia", media).await;
    }

    /// A PNG of what the window shows.
    pub(crate) async fn screenshot(&self) -> Vec<u8> {
        let taken = self.call("Page.captureScreenshot", json!({ "format": "png" })).await;
        STANDARD.decode(taken["data"].as_str().unwrap()).unwrap()
    }

    /// Lets so many bytes a second go up; -1 for as many as can.
    pub(crate) async fn slow(&self, bytes_per_second: i64) {
        let conditions = json!({ "offline": false, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_per_second });
        self.call("Network.enable", json!({})).await;
        self.call("Network.emulateNetworkConditions", conditions).await;
    }

    /// From now on holds requests to addresses like this, before they go (`Request`) or after they came back (`Response`).
    pub(crate) async fn hold(&self, pattern: &str, stage: &str) {
        let patterns = json!([{ "urlPattern": pattern, "requestStage": stage }]);
        self.call("Fetch.enable", json!({ "patterns": patterns })).await;
    }

    /// The request that is held next, leaving out as many as came `before`.
    pub(crate) async fn held(&self, before: usize) -> Value {
        self.connection.next(&self.session, "Fetch.requestPaused", before).await
    }

    /// What a screen reader is told: a line for each thing with a role and a name.
    pub(crate) async fn spoken(&self) -> Vec<String> {
        self.call("Accessibility.enable", json!({})).await;
        let tree = self.call("Accessibility.getFullAXTree", json!({})).await;
        let text = |node: &Value, field: &str| {
            node[field]["value"].as_str().unwrap_or_default().to_owned()
        };
        let nodes = tree["nodes"].as_array().unwrap();
        let told = nodes
            .iter()
            .filter(|node| node["ignored"] == false)
            .map(|node| format!("{} {:?}", text(node, "role"), text(node, "name")));
        told.collect()
    }

    /// Errors in the console, exceptions that nobody caught, and what the page's own policy forbade. Not that a
    /// request was refused: that is what many tests are about.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let events = self.connection.events(&self.session);
        let complaint = |event: &super::connection::Event| match event.method.as_str() {
            "Runtime.exceptionThrown" => Some(event.params["exceptionDetails"].to_string()),
            "Runtime.consoleAPICalled" if event.params["type"] == "error" => {
                Some(event.params["args"].to_string())
            }
            "Log.entryAdded"
                if event.params["entry"]["source"] != "network"
                    && event.params["entry"]["category"] != "cors" =>
            {
                Some(event.params["entry"].to_string())
            }
            _ => None,
        };
        events.iter().filter_map(complaint).collect()
    }
}
