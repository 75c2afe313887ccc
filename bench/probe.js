// From a click to the last thing painted, and what came over the wire for it.
// Activity is a DOM change or a drawing call; painted is the end of the frame after the last activity.
(() => {
  const zero = () => ({ t0: performance.now(), painted: 0, activity: 0, bytes: 0, frames: 0, finished: 0, requests: 0, trace: [] });
  const probe = (window.__probe = { ...zero(), t0: 0, pending: 0, tracing: false });
  let scheduled = false;
  const active = (what) => {
    probe.activity = performance.now();
    if (probe.tracing) probe.trace.push([Math.round(probe.activity - probe.t0), what]);
    if (scheduled) return;
    scheduled = true;
    requestAnimationFrame(() => {
      scheduled = false;
      setTimeout(() => { probe.painted = performance.now(); }, 0);
    });
  };
  const start = () => Object.assign(probe, zero());
  addEventListener("pointerdown", start, true);
  addEventListener("change", (event) => { if (event.target instanceof HTMLSelectElement) start(); }, true);

  // A table on a canvas rewrites its text for screen readers inside the canvas long after it was painted.
  const inCanvas = (node) => (node.nodeType === 1 ? node : node.parentElement)?.closest("canvas");
  const name = (node) => `${node.nodeName} ${node.className?.baseVal ?? node.className ?? ""} ${node.dataset?.testid ?? ""}`;
  const watcher = new MutationObserver((records) => {
    const record = records.find(({ target }) => !inCanvas(target));
    if (record) active(`${record.type} ${record.attributeName ?? ""} ${name(record.target)}`);
  });
  const watch = (root) => watcher.observe(root, { subtree: true, childList: true, characterData: true, attributes: true });
  watch(document);
  const attachShadow = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (options) {
    const root = attachShadow.call(this, options);
    watch(root);
    return root;
  };
  const canvas = CanvasRenderingContext2D.prototype;
  for (const method of ["clearRect", "drawImage", "fill", "fillRect", "fillText", "stroke"]) {
    const draw = canvas[method];
    canvas[method] = function (...given) {
      active(method);
      return draw.apply(this, given);
    };
  }

  const size = (data) => (typeof data === "string" ? data.length : (data.byteLength ?? data.size));
  const Socket = window.WebSocket;
  window.WebSocket = class extends Socket {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", ({ data }) => {
        probe.bytes += size(data);
        probe.frames += 1;
        // Streamlit ends a run with ForwardMsg.script_finished: a short frame that holds field 6 as a varint.
        if (data instanceof ArrayBuffer && data.byteLength < 80 && new Uint8Array(data).includes(0x30)) probe.finished = performance.now();
      });
    }
  };
  const fetching = window.fetch;
  window.fetch = async (...given) => {
    probe.pending += 1;
    try {
      const answer = await fetching(...given);
      probe.bytes += (await answer.clone().arrayBuffer()).byteLength;
      return answer;
    } finally {
      probe.pending -= 1;
      probe.requests += 1;
    }
  };
})();
