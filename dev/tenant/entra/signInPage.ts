import type { Person } from './directory.ts';

const escape = (text: string): string => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

/** Lists the people of the tenant; a click signs in as one of them. `fields` come back with the choice. */
export function signInPage(action: string, fields: URLSearchParams, people: readonly Person[]): string {
  const hint = fields.get('login_hint')?.toLowerCase();
  const sorted = people.toSorted(
    (a, b) =>
      Number(b.upn.toLowerCase() === hint) - Number(a.upn.toLowerCase() === hint) ||
      b.appRoles.length - a.appRoles.length,
  );
  const hidden = [...fields]
    .map(([name, value]) => `<input type="hidden" name="${escape(name)}" value="${escape(value)}">`)
    .join('');
  const rows = sorted
    .map(
      (
        person,
      ) => `<li><button name="demo_user" value="${escape(person.upn)}" type="submit"><b>${escape(person.name)}</b><span>${escape(person.jobTitle)}</span>
<small>${escape([person.upn, ...person.appRoles].join(' · '))}</small></button></li>`,
    )
    .join('\n');
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Sign in to the demo tenant</title><link rel="icon" href="data:,">
<style>body{font:15px/1.4 system-ui,sans-serif;background:#f3f2f1;color:#242424;margin:0;display:grid;place-items:center;min-height:100vh}
main{background:#fff;padding:32px;margin:24px;max-width:440px;box-shadow:0 2px 8px #0003}h1{font-size:22px;margin:0 0 4px}ul{list-style:none;padding:0;margin:20px 0 0}
button{display:grid;width:100%;text-align:left;font:inherit;color:inherit;background:none;border:0;border-top:1px solid #e1dfdd;padding:10px 8px;cursor:pointer}
button:hover,button:focus-visible{background:#f3f2f1}small{color:#616161}</style></head>
<body><main><h1>Pick an account</h1><p>This is the demo tenant. Nobody here has a password.</p><form method="post" action="${escape(action)}">${hidden}<ul>
${rows}
</ul></form></main></body></html>`;
}
