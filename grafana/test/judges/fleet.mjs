// A fleet of the demo with one Gateway for each fault, some more that are well, and what watches them.
import { FAULTS } from '../faults.mjs';
import { demo } from '../program.mjs';
import { discovered, prometheus } from '../prometheus.mjs';
import { alertmanager } from './alertmanager.mjs';

/** As in grafana/prometheus.yml. */
const INTERVAL = 15;
const HEALTHY = 3;
const FAULT_AFTER = 60;

const named = number => `gw-${String(number).padStart(3, '0')}`;

/** Starts all of it, with these faults. `instances` are the faults by instance, undefined for one that is well. */
export async function watchedFleet(faults = FAULTS, { healthy = HEALTHY, interval = INTERVAL } = {}) {
  const instances = new Map([...faults, ...Array(healthy).fill(undefined)].map((fault, place) => [named(place + 1), fault]));
  const planned = [...instances].filter(([, fault]) => fault !== undefined).flatMap(([instance, { name }]) => ['--fault', `${name}@${instance}:after=${FAULT_AFTER}s`]);
  const gateways = await demo('--instances', String(instances.size), ...planned);
  const began = Date.now() / 1000 + FAULT_AFTER;
  const pager = await alertmanager();
  const server = await prometheus({ openclaw: discovered(gateways.address) }, { interval, alertmanager: pager.address });
  const stop = async () => {
    await server.stop();
    await pager.stop();
    gateways.stop();
  };
  return { instances, began, server, pager, stop };
}
