// Stands beside the plugin in a Gateway under test: writes every event that the plugin asks for into a file, tells how many
// there were together with the plugin's page of the same moment, and blocks the event loop when asked to.
import { openSync, writeSync } from 'node:fs';

import { onInternalDiagnosticEvent } from 'openclaw/plugin-sdk/diagnostic-runtime';
import { definePluginEntry } from 'openclaw/plugin-sdk/plugin-entry';

const ADDON = Symbol.for('openclaw-prometheus.addon');

export default definePluginEntry({
  id: 'recorder',
  name: 'Recorder',
  description: 'Records events for a test.',
  register(api) {
    if (api.registrationMode !== 'full') return;
    const file = openSync(api.pluginConfig.file, 'a');
    let lines = 0;
    const route = (path, handler) =>
      api.registerHttpRoute({ path, auth: 'plugin', handler: (request, response) => (handler(request, response), true) });
    // In one turn of the event loop: no event comes between the count and the page, which is made on demand.
    route('/recorder/mark', (_, response) => {
      const page = globalThis[ADDON].page().toString();
      response.end(JSON.stringify({ lines, page }));
    });
    route('/recorder/block', (request, response) => {
      const until = performance.now() + Number(new URL(request.url, 'http://x').searchParams.get('ms'));
      while (performance.now() < until);
      response.end();
    });
    api.registerService({
      id: 'recorder',
      start() {
        onInternalDiagnosticEvent(
          (event, metadata) => {
            writeSync(file, `${JSON.stringify({ event, metadata })}\n`);
            lines += 1;
          },
          { exclude: ['log.record'] },
        );
      },
      stop() {},
    });
  },
});
