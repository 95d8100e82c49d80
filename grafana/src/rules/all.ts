// All rules, in the order in which an operator asks.
import { CHANNELS, MESSAGES, MODELS, WORK } from './answering';
import { PROCESS, THERE } from './gateway';
import { BUDGETS, COST, CRON, EXPORTER, SECURITY } from './housekeeping';
import { RECORDINGS } from './recordings';
import type { Group } from './rule';

export const GROUPS: Group[] = [
  ...RECORDINGS,
  { name: 'openclaw-there', rules: THERE },
  { name: 'openclaw-messages', rules: MESSAGES },
  { name: 'openclaw-error-budgets', rules: BUDGETS },
  { name: 'openclaw-models', rules: MODELS },
  { name: 'openclaw-channels', rules: CHANNELS },
  { name: 'openclaw-work', rules: WORK },
  { name: 'openclaw-cost', rules: COST },
  { name: 'openclaw-cron', rules: CRON },
  { name: 'openclaw-process', rules: PROCESS },
  { name: 'openclaw-security', rules: SECURITY },
  { name: 'openclaw-exporter', rules: EXPORTER },
];
