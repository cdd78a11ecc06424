/** A page for people who show or try things: what happened so far, and a button for each kind of trouble. */
export const CONTROL_PAGE = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Demo tenant</title>
<style>body{font:15px/1.5 system-ui,sans-serif;max-width:860px;margin:32px auto;padding:0 16px}button{font:inherit;padding:6px 12px;margin:4px 8px 4px 0}
pre{background:#f3f2f1;padding:12px;overflow:auto;max-height:320px}input{font:inherit;padding:4px}</style></head>
<body><h1>Demo tenant</h1><p>Changes and trouble for <input id="user" value="felix.bauer" aria-label="Person"></p><p id="buttons"></p>
<h2>Last answer</h2><pre id="answer" aria-live="polite">nothing yet</pre><h2>What clients did</h2><pre id="state"></pre>
<script type="module">
const user = () => document.querySelector('#user').value;
const actions = {
  'A day of changes': ['churn', () => ({ count: 50 })],
  'Delete 60 % of the drive': ['mass-delete', () => ({ user: user(), share: 0.6 })],
  'New mail': ['messages', () => ({ user: user(), message: { subject: 'Hello ' + new Date().toLocaleTimeString(), body: { contentType: 'text', content: 'Hello' } } })],
  'New file': ['files', () => ({ user: user(), path: 'Demo/note ' + Date.now() + '.txt', size: 5000, kind: 'text' })],
  'Lock the drive': ['drives/lock', () => ({ user: user() })],
  'Unlock it': ['drives/lock', () => ({ user: user(), locked: false })],
  'Withdraw Mail.Read': ['revoke', () => ({ app: 'backup', roles: ['Mail.Read'] })],
  'Grant it again': ['grant', () => ({ app: 'backup', roles: ['Mail.Read'] })],
  'Throttle 20 requests': ['throttle', () => ({ count: 20, retryAfter: '3' })],
  'Expire mail cursors': ['expire', () => ({ what: 'outlook' })],
  'Expire drive cursors': ['expire', () => ({ what: 'drive' })],
  'Break 5 downloads': ['faults', () => ({ match: 'GET /download', times: 5, action: { kind: 'truncate' } })],
};
const refresh = async () => {
  const [counters, outgoing, violations] = await Promise.all(['counters', 'outgoing', 'violations'].map(async (name) => (await fetch('/control/' + name)).json()));
  document.querySelector('#state').textContent = JSON.stringify({ violations: violations.value, outgoing, requests: counters.total, statuses: counters.statuses, refused: counters.throttle.refused }, null, 1);
};
for (const [label, [path, body]] of Object.entries(actions)) {
  const button = document.createElement('button');
  button.textContent = label;
  button.onclick = async () => {
    const answer = await fetch('/control/' + path, { method: 'POST', body: JSON.stringify(body()) });
    document.querySelector('#answer').textContent = label + ': ' + JSON.stringify(await answer.json());
    await refresh();
  };
  document.querySelector('#buttons').append(button);
}
await refresh();
setInterval(refresh, 3000);
</script></body></html>`;
