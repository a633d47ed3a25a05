// Shows each node and its button, and asks again every second.

const EVERY_MS = 1_000;
const WORDS = { ALLOWED: 'in', DENIED: 'out', UNKNOWN: 'not judged yet' };

const list = document.getElementById('nodes');
const fault = document.getElementById('fault');
const link = document.getElementById('dashboard');
const rows = new Map();

async function look() {
  try {
    const answer = await fetch('/state');
    if (!answer.ok) throw new Error(await answer.text());
    const { dashboard, nodes } = await answer.json();
    link.href = dashboard;
    for (const node of nodes) show(node);
    fault.textContent = '';
  } catch (error) {
    fault.textContent = `The demo does not answer: ${error.message}`;
  }
  setTimeout(look, EVERY_MS);
}

function show({ name, membership, reason, behaviour }) {
  const row = rows.get(name) ?? add(name);
  const next = behaviour === 'behave' ? 'misbehave' : 'behave';
  row.item.className = membership === 'ALLOWED' ? 'in' : 'out';
  row.title.textContent = `${name} is ${WORDS[membership]}`;
  row.reason.textContent = reason;
  row.button.textContent = next;
  row.button.setAttribute('aria-label', `Make ${name} ${next}`);
  row.button.onclick = () => press(name, next);
}

function add(name) {
  const make = (tag) => document.createElement(tag);
  const row = { item: make('li'), title: make('strong'), reason: make('p'), button: make('button') };
  row.button.type = 'button';
  row.item.append(row.title, row.reason, row.button);
  list.append(row.item);
  rows.set(name, row);
  return row;
}

async function press(name, behaviour) {
  const answer = await fetch('/press', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, behaviour }),
  }).catch((error) => ({ ok: false, text: () => error.message }));
  fault.textContent = answer.ok ? '' : `Nothing was changed: ${await answer.text()}`;
}

await look();
