// Serves the page and the documents of an invented Gateway: for the tests, the pictures, and for working on the page.
//
//   node test/server.mjs [STATE] [PORT]   goes on with the clock; STATE is one of idle, busy, faulty, dead, hostile
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { World } from './world.mjs';

const file = name => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');

/** Listens on a port of its own. What it does can be changed while it runs: `world`, `token`, `failing`. */
export async function serve({ world, token = null, prefix = '', port = 0 }) {
  const page = file('page.html');
  const policy = file('page.csp').trim();
  const site = { world, token, failing: null, asked: [] };
  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://page');
    const answer = (status, body, headers) => response.writeHead(status, { 'Cache-Control': 'no-store', ...headers }).end(body);
    if (url.pathname === `${prefix}/ui`) {
      return answer(200, page, { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': policy, 'X-Content-Type-Options': 'nosniff' });
    }
    if (site.failing === 'cut') return request.socket.destroy();
    if (site.failing !== null) return answer(site.failing, 'not ready\n');
    const document = { [`${prefix}/ui/data`]: 'data', [`${prefix}/ui/families`]: 'families' }[url.pathname];
    if (document === undefined) return answer(404, 'not found\n');
    site.asked.push(request.url);
    if (site.token !== null && request.headers.authorization !== `Bearer ${site.token}`) return answer(401, 'Send the header Authorization: Bearer TOKEN.\n');
    const since = url.searchParams.get('since');
    const found = document === 'data' ? site.world.data(since === null ? null : Number(since)) : site.world.families(url.searchParams.get('family'));
    return found === null ? answer(404, 'no such family\n') : answer(200, JSON.stringify(found), { 'Content-Type': 'application/json' });
  });
  await new Promise(resolve => server.listen(port, '127.0.0.1', resolve));
  site.address = `http://127.0.0.1:${server.address().port}${prefix}/ui`;
  site.close = () => new Promise(resolve => {
    server.close(resolve);
    server.closeAllConnections();
  });
  return site;
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const [state = 'busy', port = '0'] = process.argv.slice(2);
  const world = new World(state, Math.floor(Date.now() / 1000));
  setInterval(() => world.advance(Math.floor(Date.now() / 1000) - world.now), 1000);
  console.log((await serve({ world, port: Number(port) })).address);
}
