/** The widget's look. It is a constructed sheet, so a page whose policy forbids inline styles can embed the widget. */
export const STYLES = `
:host {
  all: initial;
  color-scheme: light;
  --paper: #ffffff;
  --ink: #1c2733;
  --quiet: #51606f;
  --line: #c9d2db;
  --edge: #768493;
  --head: #14375e;
  --head-ink: #ffffff;
  --head-quiet: #cfdded;
  --note-edge: #b08a1e;
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
:host([dark]) {
  color-scheme: dark;
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
@media (prefers-contrast: more) {
  :host, :host([dark]) { --quiet: var(--ink); --line: var(--ink); --edge: var(--ink); --head-quiet: var(--head-ink); --analyst-edge: var(--ink); }
  .message:not(.system) > .body, .card, .send { border-color: var(--ink); }
}
*, *::before, *::after { box-sizing: border-box; }
[hidden] { display: none !important; }
h2, h3, p, ol, ul, fieldset, dialog { margin: 0; padding: 0; border: 0; }
button, textarea, input { font: inherit; color: inherit; letter-spacing: inherit; word-spacing: inherit; }
button { min-height: 44px; min-width: 44px; margin: 0; cursor: pointer; touch-action: manipulation; }
button:disabled { cursor: default; }
:focus-visible { outline: 3px solid var(--ring); outline-offset: 2px; }
svg { width: 22px; height: 22px; flex: none; fill: none; stroke: currentColor; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.launcher {
  position: fixed; right: 20px; bottom: 20px; direction: ltr; z-index: 2147483000;
  display: inline-flex; align-items: center; gap: 10px; min-height: 52px; padding-inline: 16px 20px; padding-block: 0;
  border: 1px solid var(--head-quiet); border-radius: 26px;
  background: var(--head); color: var(--head-ink); font-weight: 600;
  box-shadow: 0 4px 16px rgb(10 25 45 / 0.3);
}
.badge {
  min-width: 24px; padding: 0 7px; border-radius: 12px;
  background: #ffd65c; color: #1c2733; font-size: 14px; line-height: 24px; text-align: center;
}

.panel {
  position: fixed; inset: auto 20px 20px auto; direction: ltr; text-align: start; z-index: 2147483000;
  width: 384px; max-width: none; height: 640px; max-height: calc(100vh - 40px);
  border: 1px solid var(--edge); border-radius: 12px; overflow: hidden;
  background: var(--paper); color: var(--ink); box-shadow: 0 12px 40px rgb(10 25 45 / 0.35);
}
.panel[open] { display: flex; flex-direction: column; }
.panel::backdrop { background: var(--paper); }
.panel.dropping { outline: 4px dashed var(--ring); outline-offset: -8px; }
:host([left]) .launcher { right: auto; left: 20px; }
:host([left]) .panel { right: auto; left: 20px; }

.bar {
  flex: none; display: flex; flex-wrap: wrap; align-items: center; gap: 4px; padding-block: 8px; padding-inline: 16px 6px;
  background: var(--head); color: var(--head-ink); --ring: var(--head-ink);
}
.name { flex: 1 1 0; min-width: 0; }
h2 { font-size: 16.5px; line-height: 1.25; font-weight: 650; }
.subtitle { color: var(--head-quiet); font-size: 13px; line-height: 1.3; }
.subtitle::before {
  content: ""; display: inline-block; width: 8px; height: 8px; margin-inline-end: 6px; border-radius: 50%;
  background: var(--head-quiet);
}
[data-state="waiting"] .subtitle::before { background: #ffd65c; }
[data-state="analyst"] .subtitle::before { background: #6fd699; }
.language {
  flex: none; padding-block: 0; padding-inline: 10px; border: 1px solid var(--head-quiet); border-radius: 8px;
  background: none; font-size: 14px; font-weight: 600;
}
.icon { display: grid; place-items: center; flex: none; padding: 0; border: 0; border-radius: 8px; background: none; }
/* The menu takes a row of its own and covers nothing. */
.menu { display: contents; }
.items { order: 1; flex: 0 0 100%; display: flex; flex-wrap: wrap; gap: 6px; padding-block-start: 4px; padding-inline-end: 10px; }
.items button {
  flex: 1 0 auto; max-width: 100%; padding-inline: 10px; border: 1px solid var(--head-quiet); border-radius: 8px; color: inherit;
  font-size: 14px; text-decoration: none;
}
.items button:disabled { opacity: 0.6; }
.confirm {
  inset: 0; margin: auto; width: min(340px, calc(100% - 32px)); padding: 20px; border: 1px solid var(--edge); border-radius: 12px;
  background: var(--paper); color: var(--ink); --ring: var(--link);
}
.confirm::backdrop { background: rgb(10 25 45 / 0.55); }
.confirm h3 { font-size: 18px; line-height: 1.3; }
.confirm p { margin-block: 8px 16px; }
.primary {
  padding-block: 8px; padding-inline: 16px; border: 1px solid var(--edge); border-radius: 10px;
  background: var(--accent); color: var(--accent-ink); font-weight: 600;
}
.stand { flex: none; border-block-end: 1px solid var(--line); background: var(--strip); color: var(--strip-ink); }
.person {
  display: flex; align-items: center; justify-content: center; gap: 8px; width: 100%; padding-block: 0; padding-inline: 16px;
  border: 0; background: none; font-weight: 600;
}
.person svg { width: 20px; height: 20px; fill: currentColor; stroke: none; }
.person:focus-visible { outline-offset: -4px; outline-color: var(--strip-ink); }
.ticket {
  display: flex; align-items: center; gap: 8px; padding-inline: 16px 4px; padding-block: 2px;
  border-block-start: 1px solid var(--line); font-size: 14px; line-height: 1.35;
}
.ticket > div { flex: 1; min-width: 0; }
.ticket .action { color: inherit; }
.number { user-select: all; white-space: nowrap; }
.due:not(:empty) { display: block; }
.line { padding-block: 7px; padding-inline: 16px; border-block-start: 1px solid var(--line); font-size: 14px; line-height: 1.35; }
.line:empty { display: none; }

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
.following { margin-block-start: -8px; }
.following .meta { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.body {
  display: flex; flex-direction: column; gap: 8px; max-width: 100%; padding: 9px 13px;
  border: 1px solid transparent; border-radius: 4px 14px 14px 14px; background: var(--bot);
}
.visitor .body { border-radius: 14px 4px 14px 14px; background: var(--visitor); color: var(--visitor-ink); }
.visitor .body p { white-space: pre-wrap; }
.analyst .body { border-inline-start: 4px solid var(--analyst-edge); border-radius: 4px 14px 14px 4px; background: var(--analyst); }
.system .body { padding: 2px 8px; background: none; color: var(--quiet); font-size: 14px; }
.body ol, .body ul, .card ul { padding-inline-start: 24px; }
.body li + li { margin-top: 4px; }
a { color: var(--link); text-underline-offset: 2px; }
.extras { display: flex; flex-direction: column; gap: 6px; max-width: 100%; margin-block-start: 6px; }
.extras:empty { display: none; }
.card { padding-block: 8px; padding-inline: 13px; border: 1px solid var(--line); border-inline-start: 4px solid var(--accent); border-radius: 8px; font-size: 14.5px; }
.card p { color: var(--quiet); font-size: 13px; }
.card a { display: inline-block; padding-block: 3px; vertical-align: top; }
.helpful { display: flex; flex-wrap: wrap; align-items: center; gap: 0 2px; color: var(--quiet); font-size: 14px; }
.action[aria-pressed="true"] { background: var(--strip); color: var(--strip-ink); border-radius: 8px; }
.message.asks { align-self: stretch; align-items: stretch; max-width: 100%; }
.satisfaction { display: flex; flex-direction: column; gap: 8px; padding: 12px; border: 1px solid var(--edge); border-radius: 10px; text-align: start; }
legend { padding: 0; margin-block-end: 4px; font-weight: 600; }
fieldset label { display: flex; align-items: center; gap: 10px; min-height: 40px; }
input[type="radio"] { flex: none; width: 24px; height: 24px; margin: 0; accent-color: var(--link); }
.satisfaction [role="status"] { color: var(--warn); font-weight: 600; }
.satisfaction .done[role="status"] { color: inherit; }
.satisfaction [role="status"]:empty { display: none; }
.satisfaction .action { padding: 0; text-align: start; }
.file { display: flex; align-items: center; flex-wrap: wrap; gap: 4px 8px; }
.file span:first-of-type { font-weight: 600; min-width: 0; }
progress { width: 110px; height: 12px; accent-color: var(--link); }
.status { margin-block-start: 3px; display: flex; flex-wrap: wrap; align-items: center; justify-content: flex-end; gap: 0 10px; font-size: 13px; color: var(--quiet); }
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
  background: var(--paper); color: var(--link); font-weight: 600; line-height: 1.3; text-align: start;
}
.writing { display: flex; align-items: center; gap: 10px; padding-block: 0 10px; padding-inline: 20px 16px; color: var(--quiet); font-size: 14px; }
.dots { display: flex; gap: 5px; padding-block: 4px; }
.dots i { width: 8px; height: 8px; border-radius: 50%; background: var(--edge); }
.writing:has(.dots[hidden]) { padding: 0; }
.jump {
  display: flex; align-items: center; justify-content: center; gap: 6px; width: 100%; padding-block: 0; padding-inline: 16px;
  border: 0; border-block-start: 1px solid var(--line); background: var(--strip); color: var(--strip-ink); font-size: 15px; font-weight: 600;
}
.jump:focus-visible { outline-offset: -4px; }
.jump svg { width: 18px; height: 18px; }

.notice { flex: none; padding-block: 8px; padding-inline: 16px; border-block-start: 2px solid var(--note-edge); background: var(--note); color: var(--note-ink); font-size: 14px; }
.notice:empty { padding: 0; border: 0; }
.composer { flex: none; padding: 10px 12px 10px; border-top: 1px solid var(--line); }
.row { display: flex; align-items: flex-end; gap: 6px; }
.row .icon { margin-inline-start: -6px; color: var(--link); }
.row textarea { flex: 1; }
textarea { min-width: 0; min-height: 44px; max-height: 136px; padding: 9px 12px; resize: none;
  border: 1px solid var(--edge); border-radius: 10px; background: var(--paper); line-height: 24px;
}
textarea::placeholder { color: var(--quiet); opacity: 1; }
textarea:focus-visible { outline-offset: 0; outline-width: 2px; }
textarea[aria-invalid="true"] { border-color: var(--warn); }
.send { display: grid; place-items: center; flex: none; border: 1px solid var(--edge); border-radius: 10px; background: var(--accent); color: var(--accent-ink); padding: 0; }
.send svg { fill: currentColor; stroke-width: 1; }
#counter, #privacy { padding: 0 4px; color: var(--quiet); font-size: 13px; line-height: 1.35; }
#counter:not(:empty), #privacy { margin-top: 6px; }
#counter.excess { color: var(--warn); font-weight: 600; }

@media (hover: hover) {
  .launcher:hover, .bar .icon:hover, .language:hover, .row .icon:hover, .send:hover, .primary:hover { box-shadow: inset 0 0 0 2px currentColor; }
  .person:hover, .jump:hover, .action:hover, .items button:enabled:hover { text-decoration: underline 2px; text-underline-offset: 3px; }
  .reply:hover { background: var(--strip); color: var(--strip-ink); }
}
@media (prefers-reduced-motion: no-preference) {
  .panel[open] { animation: rise 0.18s ease-out; }
  .message { animation: appear 0.15s ease-out; }
  .pending .status { animation: appear 0.2s 1s backwards; }
  /* Movement that starts by itself stops within five seconds (WCAG 2.2, 2.2.2). */
  .dots i { animation: pulse 1.2s 4 ease-in-out; }
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
  .launcher, .person, .body, .bar .icon, .send, .stand { border: 1px solid ButtonBorder; }
  .system .body { border: 0; }
  .action[aria-pressed="true"] { background: Highlight; color: HighlightText; forced-color-adjust: none; }
  .dots i, .subtitle::before { background: CanvasText; forced-color-adjust: none; }
  .badge { border: 1px solid CanvasText; }
}
@media print { .launcher, .panel { display: none !important; } }
`;
