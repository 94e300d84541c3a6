import { formatAmount } from '@aivm/sdk';
import type { GatewayCall, GatewayContext } from './gateway-context.ts';

const limitText = (limit: bigint | undefined): string | null =>
  limit === undefined ? null : formatAmount(limit);

/** `GET /v1/usage`: what a key has spent, what it may, and its latest tasks. */
export async function serveUsage(c: GatewayCall, { spending, desk }: GatewayContext): Promise<Response> {
  const key = c.get('key');
  const { today, total, tasks } = spending.spentBy(key);
  const connection = desk.connectionOf(key);
  const { perRequest, perDay, total: totalMax } = key.limits;
  return c.json({
    object: 'aivm.usage',
    key: key.name,
    account_balance: formatAmount(await connection.balance()),
    spent_today: formatAmount(today),
    spent_total: formatAmount(total),
    limits: { per_request: limitText(perRequest), per_day: limitText(perDay), total: limitText(totalMax) },
    task_count: tasks,
    tasks: spending
      .entriesOf(key)
      .slice(0, SHOWN_MAX)
      .map(({ taskId, model, cost, state, atMs }) => ({
        ...{ id: taskId, model, state },
        cost: formatAmount(cost),
        at: new Date(atMs).toISOString(),
      })),
  });
}

const SHOWN_MAX = 100;

/** Asks for a key in the page and shows what `GET /v1/usage` answers; the key stays in the page. */
const USAGE_PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Usage of an API key</title>
<style>
  :root { color-scheme: light dark; }
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
  table { border-collapse: collapse; width: 100%; }
  th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
  input { font: inherit; width: 100%; max-width: 30rem; }
  .wide { overflow-x: auto; }
</style>
<h1>Usage of an API key</h1>
<form><label for="key">API key</label><br>
<input id="key" type="password" autocomplete="off" required> <button>Show</button></form>
<p id="state" role="status"></p>
<dl id="sums"></dl>
<div class="wide"><table id="tasks" hidden>
<thead><tr><th scope="col">task</th><th scope="col">model</th><th scope="col">cost</th><th scope="col">state</th><th scope="col">at</th></tr></thead>
<tbody></tbody></table></div>
<script>
const by = (id) => document.getElementById(id);
const line = (list, name, value) => {
  const term = document.createElement('dt'); term.textContent = name;
  const text = document.createElement('dd'); text.textContent = value;
  list.append(term, text);
};
document.querySelector('form').addEventListener('submit', async (event) => {
  event.preventDefault();
  by('state').textContent = 'asking …';
  by('sums').replaceChildren();
  by('tasks').hidden = true;
  const response = await fetch('v1/usage', { headers: { authorization: 'Bearer ' + by('key').value.trim() } });
  const usage = await response.json();
  if (!response.ok) { by('state').textContent = usage.error.message; return; }
  by('state').textContent = '';
  const { limits } = usage;
  line(by('sums'), 'key', usage.key);
  line(by('sums'), 'spent today', usage.spent_today + (limits.per_day ? ' of ' + limits.per_day : ''));
  line(by('sums'), 'spent in all', usage.spent_total + (limits.total ? ' of ' + limits.total : ''));
  line(by('sums'), 'most for one request', limits.per_request ?? 'no limit');
  line(by('sums'), 'balance of its account', usage.account_balance);
  const rows = usage.tasks.map((task) => {
    const row = document.createElement('tr');
    for (const name of ['id', 'model', 'cost', 'state', 'at']) {
      const cell = document.createElement('td'); cell.textContent = task[name]; row.append(cell);
    }
    return row;
  });
  by('tasks').tBodies[0].replaceChildren(...rows);
  by('tasks').hidden = rows.length === 0;
});
</script>
</html>
`;

/** `GET /usage` */
export const serveUsagePage = (c: GatewayCall): Response =>
  c.body(USAGE_PAGE, 200, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy':
      "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
  });
