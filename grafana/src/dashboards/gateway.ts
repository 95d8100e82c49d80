// One Gateway, or some: is it answering, what does it cost, what fails, and why?
import { dashboard } from './board';
import { FIRST } from './gateway/first';
import { CHANNELS, CRON, MESSAGES, QUOTA, SESSIONS } from './gateway/flow';
import { EXPORTER, PROCESS, RPC } from './gateway/machine';
import { AGENTS, FAILURES, LEVELS, MODELS, TOOLS } from './gateway/work';

export const GATEWAY = dashboard({
  uid: 'openclaw-gateway',
  title: 'OpenClaw / Gateway',
  about: 'One OpenClaw Gateway: whether it answers, what it costs, what fails and why. Rows below open with a click.',
  from: 'now-1h',
  refresh: '30s',
  first: FIRST,
  below: [LEVELS, FAILURES, MODELS, TOOLS, AGENTS, MESSAGES, SESSIONS, CHANNELS, CRON, QUOTA, PROCESS, RPC, EXPORTER],
});
