// Asks for what is new, each two seconds while the page is seen.
//
// Without an answer it asks again after growing pauses, at most half a minute. A hidden page does not ask; once it is
// seen again, or the network is back, it asks at once. One question is out at a time.
import { askData, Refused, type Trouble } from './ask.ts';
import type { Data } from './contract.ts';

const EACH = 2000;
const PAUSES = [2000, 3000, 5000, 8000, 15_000, 30_000];

export interface Listener {
  /** What to ask since; `null` for everything. */
  since: () => number | null;
  /** An answer. False asks for everything, at once. */
  answered: (data: Data) => boolean;
  /** No answer; the next try is in so many seconds, or only once there is another token. */
  failed: (trouble: Trouble, status: number, again: number | null) => void;
}

export class Poll {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  private isAsking = false;
  private wantsAll = false;
  private isWaitingForToken = false;

  constructor(private readonly listener: Listener) {
    document.addEventListener('visibilitychange', () => document.hidden ? clearTimeout(this.timer) : this.now());
    addEventListener('online', () => this.now());
  }

  /** Asks at once, whatever the pause. */
  now(): void {
    if (this.isAsking || document.hidden || this.isWaitingForToken) return;
    clearTimeout(this.timer);
    void this.once();
  }

  /** Begins again: with another token, after it was refused. */
  again(): void {
    this.isWaitingForToken = false;
    this.failures = 0;
    this.now();
  }

  private async once(): Promise<void> {
    this.isAsking = true;
    let pause: number | null = EACH;
    try {
      const since = this.wantsAll ? null : this.listener.since();
      const data = await askData(since);
      const goesOn = this.listener.answered(data);
      pause = goesOn || this.wantsAll ? EACH : 0;
      this.wantsAll = !goesOn;
      this.failures = 0;
    } catch (error) {
      if (!(error instanceof Refused)) console.error(error);
      const { trouble, status } = error instanceof Refused ? error : { trouble: 'no answer' as const, status: 0 };
      this.isWaitingForToken = trouble !== 'no answer';
      pause = this.isWaitingForToken ? null : PAUSES[Math.min(this.failures, PAUSES.length - 1)]!;
      this.failures += 1;
      this.listener.failed(trouble, status, pause === null ? null : pause / 1000);
    } finally {
      this.isAsking = false;
    }
    if (pause !== null && !document.hidden) this.timer = setTimeout(() => this.now(), pause);
  }
}
