// A scraper in a process of its own, so that nothing it measures is the tested process's event loop.
//
// Told { port, route, everyMs }, it polls until it is told 'stop', then sends what it saw. Told 'route', it asks the
// main thread's own server once, for comparison. Times are of the monotonic clock, which all processes share.
import http from 'node:http';

function scrape(port, path) {
  return new Promise((resolve) => {
    const start = process.hrtime.bigint();
    const done = (status, body) => {
      resolve({ start: String(start), end: String(process.hrtime.bigint()), status, body });
    };
    const request = http.get({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => done(response.statusCode, Buffer.concat(chunks).toString()));
      response.on('error', (error) => done(0, error.message));
    });
    request.on('error', (error) => done(0, error.message));
  });
}

process.on('message', async ({ port, route, everyMs }) => {
  // The poller's own code is compiled before it counts.
  for (let turn = 0; turn < 20; turn += 1) await scrape(port, '/metrics');
  const answers = [];
  let routed;
  const timer = setInterval(() => answers.push(scrape(port, '/metrics')), everyMs);
  process.removeAllListeners('message');
  process.on('message', async (word) => {
    if (word === 'route') {
      routed = scrape(route, '/');
      process.send('asked');
      return;
    }
    clearInterval(timer);
    // Disconnecting drops what is not written yet.
    process.send({ answers: await Promise.all(answers), routed: await routed }, () => process.disconnect());
  });
  process.send('polling');
});
