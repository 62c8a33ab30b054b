/** The widget's look. It is a constructed sheet, so a page whose policy forbids inline styles can embed the widget. */
export const STYLES = `
:host {
  all: initial;
  color-scheme: light dark;
  --paper: #ffffff;
  --ink: #1c2733;
  --quiet: #51606f;
  --line: #c9d2db;
  --edge: #768493;
  --head: #14375e;
  --head-ink: #ffffff;
  --head-quiet: #cfdded;
  --strip: #e6eff8;
  --strip-ink: #14375e;
  --accent: #0b5a9c;
  --accent-ink: #ffffff;
  --link: #0b5a9c;
  --bot: #eff2f5;
  --visitor: #14507f;
  --visitor-ink: #ffffff;
  --analyst: #e4f2e9;
  --analyst-edge: #2c7a4b;
  --warn: #a12218;
  --note: #fdf3d6;
  --note-ink: #52400a;
  --ring: #0b5a9c;
  font: 16px/1.45 system-ui, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif;
}
@media (prefers-color-scheme: dark) {
  :host {
    --paper: #161b21;
    --ink: #e7ecf1;
    --quiet: #a6b2bf;
    --line: #36414d;
    --edge: #8492a1;
    --head: #10263f;
    --strip: #1b3047;
    --strip-ink: #d7e7f7;
    --accent: #8cc4f5;
    --accent-ink: #0b1d30;
    --link: #8cc4f5;
    --bot: #242c35;
    --visitor: #1d5789;
    --analyst: #1b3526;
    --analyst-edge: #62b583;
    --warn: #ff9d90;
    --note: #3a3115;
    --note-ink: #f6e3a6;
    --ring: #8cc4f5;
  }
}
*, *::before, *::after { box-sizing: border-box; }
[hidden] { display: none !important; }
h2, h3, p, ol, ul { margin: 0; }
button, textarea { font: inherit; color: inherit; letter-spacing: inherit; word-spacing: inherit; }
button { min-height: 44px; min-width: 44px; margin: 0; cursor: pointer; touch-action: manipulation; }
button:disabled { cursor: default; }
:focus-visible { outline: 3px solid var(--ring); outline-offset: 2px; }
svg { width: 22px; height: 22px; flex: none; fill: none; stroke: currentColor; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.launcher {
  position: fixed; right: 20px; bottom: 20px; z-index: 2147483000;
  display: inline-flex; align-items: center; gap: 10px; min-height: 52px; padding: 0 20px 0 16px;
  border: 1px solid var(--head-quiet); border-radius: 26px;
  background: var(--head); color: var(--head-ink); font-weight: 600;
  box-shadow: 0 4px 16px rgb(10 25 45 / 0.3);
}
.badge {
  min-width: 24px; padding: 0 7px; border-radius: 12px;
  background: #ffd65c; color: #1c2733; font-size: 14px; line-height: 24px; text-align: center;
}

.panel {
  position: fixed; inset: auto 20px 20px auto; z-index: 2147483000; margin: 0; padding: 0;
  width: 380px; max-width: none; height: 600px; max-height: calc(100vh - 40px);
  border: 1px solid var(--edge); border-radius: 12px; overflow: hidden;
  background: var(--paper); color: var(--ink); box-shadow: 0 12px 40px rgb(10 25 45 / 0.35);
}
.panel[open] { display: flex; flex-direction: column; }
.panel::backdrop { background: var(--paper); }

.head { flex: none; background: var(--head); color: var(--head-ink); --ring: #ffffff; }
.bar { display: flex; align-items: center; gap: 4px; padding: 8px 4px 8px 16px; }
.name { flex: 1; min-width: 0; }
h2 { font-size: 16.5px; line-height: 1.25; font-weight: 650; }
.subtitle { color: var(--head-quiet); font-size: 13px; line-height: 1.3; }
.subtitle::before {
  content: ""; display: inline-block; width: 8px; height: 8px; margin-right: 6px; border-radius: 50%;
  background: #8fa9c4;
}
[data-state="waiting"] .subtitle::before { background: #ffd65c; }
[data-state="analyst"] .subtitle::before { background: #6fd699; }
.languages { display: flex; flex: none; }
.languages button {
  border: 1px solid var(--head-quiet); background: none; color: var(--head-ink); font-size: 14px; font-weight: 600;
}
.languages button:first-child { border-radius: 8px 0 0 8px; border-right: 0; }
.languages button:last-child { border-radius: 0 8px 8px 0; }
.languages [aria-pressed="true"] { background: var(--head-ink); color: #14375e; }
.languages button:focus-visible { z-index: 1; position: relative; }
.minimise { display: grid; place-items: center; border: 0; border-radius: 8px; background: none; }
.person {
  display: flex; align-items: center; justify-content: center; gap: 8px; width: 100%; padding: 0 16px;
  border: 0; border-bottom: 1px solid var(--line); background: var(--strip); color: var(--strip-ink); font-weight: 600;
}
.person svg { width: 20px; height: 20px; fill: currentColor; stroke: none; }
.person:focus-visible { outline-offset: -4px; outline-color: var(--strip-ink); }

.transcript { position: relative; display: flex; flex: 1; flex-direction: column; min-height: 0; }
.log {
  flex: 1; min-height: 0; overflow-y: auto; overscroll-behavior: contain; padding: 16px;
  display: flex; flex-direction: column; gap: 14px; overflow-wrap: anywhere;
}
.log:focus-visible { outline-offset: -3px; }
.log > * { flex: none; }
.intro { padding: 4px 0 6px; }
.intro h3 { margin-bottom: 6px; font-size: 20px; line-height: 1.25; font-weight: 650; }
.intro p { color: var(--quiet); font-size: 15px; }

.message { display: flex; flex-direction: column; align-items: flex-start; max-width: 92%; }
.message.visitor { align-self: flex-end; align-items: flex-end; max-width: 86%; }
.message.system { align-self: center; align-items: center; text-align: center; }
.meta { margin-bottom: 3px; color: var(--quiet); font-size: 13px; line-height: 1.3; }
.author { font-weight: 600; }
.following { margin-top: -8px; }
.following .meta { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.body {
  display: flex; flex-direction: column; gap: 8px; max-width: 100%; padding: 9px 13px;
  border: 1px solid transparent; border-radius: 4px 14px 14px 14px; background: var(--bot);
}
.visitor .body { border-radius: 14px 4px 14px 14px; background: var(--visitor); color: var(--visitor-ink); }
.visitor .body p { white-space: pre-wrap; }
.analyst .body { border-left: 4px solid var(--analyst-edge); border-radius: 4px 14px 14px 4px; background: var(--analyst); }
.system .body { padding: 2px 8px; background: none; color: var(--quiet); font-size: 14px; }
.body ol, .body ul { padding-left: 24px; }
.body li + li { margin-top: 4px; }
.body a { color: var(--link); text-underline-offset: 2px; }
.status { display: flex; flex-wrap: wrap; align-items: center; justify-content: flex-end; gap: 0 10px; font-size: 13px; color: var(--quiet); }
.status:empty { display: none; }
.failed .status { color: var(--warn); }
.failed .body { outline: 2px dashed var(--warn); outline-offset: 2px; }
.action { padding: 0 6px; border: 0; background: none; color: var(--link); font-weight: 600; text-decoration: underline; text-underline-offset: 2px; }
.divider { display: flex; align-items: center; gap: 10px; color: var(--quiet); font-size: 13px; }
.divider::before, .divider::after { content: ""; flex: 1; border-top: 1px solid var(--line); }

.replies { display: flex; flex-wrap: wrap; gap: 8px; }
.replies:empty { display: none; }
.replies button {
  padding: 8px 16px; border: 1.5px solid var(--accent); border-radius: 22px;
  background: var(--paper); color: var(--link); font-weight: 600; line-height: 1.3; text-align: left;
}
.dots { display: flex; gap: 5px; padding: 0 16px 14px 22px; }
.dots i { width: 8px; height: 8px; border-radius: 50%; background: var(--edge); }
.jump {
  position: absolute; bottom: 10px; left: 50%; transform: translateX(-50%);
  display: inline-flex; align-items: center; gap: 6px; padding: 0 16px 0 12px;
  border: 1px solid var(--edge); border-radius: 22px; background: var(--paper); color: var(--link);
  font-size: 15px; font-weight: 600; white-space: nowrap; box-shadow: 0 2px 10px rgb(10 25 45 / 0.25);
}
.jump svg { width: 18px; height: 18px; }

.notice { flex: none; padding: 8px 16px; background: var(--note); color: var(--note-ink); font-size: 14px; }
.notice:empty { padding: 0; }
.composer { flex: none; padding: 10px 12px 10px; border-top: 1px solid var(--line); }
.row { display: flex; align-items: flex-end; gap: 8px; }
textarea {
  flex: 1; min-width: 0; min-height: 44px; max-height: 136px; padding: 9px 12px; resize: none;
  border: 1px solid var(--edge); border-radius: 10px; background: var(--paper); line-height: 24px;
}
textarea::placeholder { color: var(--quiet); opacity: 1; }
textarea:focus-visible { outline-offset: 0; outline-width: 2px; }
textarea[aria-invalid="true"] { border-color: var(--warn); }
.send { display: grid; place-items: center; flex: none; border: 1px solid transparent; border-radius: 10px; background: var(--accent); color: var(--accent-ink); }
.send svg { fill: currentColor; stroke-width: 1; }
#counter, #privacy { padding: 0 4px; color: var(--quiet); font-size: 13px; line-height: 1.35; }
#counter:not(:empty), #privacy { margin-top: 6px; }
#counter.excess { color: var(--warn); font-weight: 600; }

@media (hover: hover) {
  .launcher:hover, .languages button:not([aria-pressed="true"]):hover, .minimise:hover { background: #24517f; }
  .person:not(:disabled):hover, .action:hover { text-decoration: underline; text-decoration-thickness: 2px; text-underline-offset: 3px; }
  .replies button:hover, .jump:hover { background: var(--strip); color: var(--strip-ink); }
  .send:hover { filter: brightness(1.12); }
}
@media (prefers-reduced-motion: no-preference) {
  .panel[open] { animation: rise 0.18s ease-out; }
  .message { animation: appear 0.15s ease-out; }
  .pending .status { animation: appear 0.2s 1s backwards; }
  .dots i { animation: pulse 1.2s infinite ease-in-out; }
  .dots i:nth-child(2) { animation-delay: 0.15s; }
  .dots i:nth-child(3) { animation-delay: 0.3s; }
  @keyframes rise { from { opacity: 0; transform: translateY(12px); } }
  @keyframes appear { from { opacity: 0; } }
  @keyframes pulse { 0%, 60%, 100% { opacity: 0.35; } 30% { opacity: 1; } }
}
@media (max-width: 480px), (max-height: 480px) {
  .panel { inset: 0; width: 100%; height: 100%; height: 100dvh; max-height: none; border: 0; border-radius: 0; }
}
/* So little height is a phone on its side or a page at 400 % zoom: the panel scrolls, and the list keeps some room. */
@media (max-height: 480px) {
  .panel { overflow-y: auto; }
  .transcript { flex: 1 0 180px; }
}
@media (forced-colors: active) {
  .launcher, .person, .body, .minimise, .send { border: 1px solid ButtonBorder; }
  .system .body { border: 0; }
  .languages [aria-pressed="true"] { background: Highlight; color: HighlightText; forced-color-adjust: none; }
  .dots i, .subtitle::before { background: CanvasText; forced-color-adjust: none; }
  .badge { border: 1px solid CanvasText; }
}
@media print { .launcher, .panel { display: none !important; } }
`;
