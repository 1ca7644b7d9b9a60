/** A signal with a time limit. */
export type TimeLimit = {
  readonly signal: AbortSignal;
  /** Stops the clock while a person is asked something. @returns lets it run on */
  readonly hold: () => () => void;
  readonly end: () => void;
};

/**
 * A signal that also comes when a time is over; `end` gives its timer back.
 *
 * @param milliseconds after which it comes, with a `TimeoutError`
 */
export function within(signal: AbortSignal, milliseconds: number): TimeLimit {
  // Not AbortSignal.any over AbortSignal.timeout: Node 20 may collect both, and then neither ever comes.
  const controller = new AbortController();
  const pass = () => controller.abort(signal.reason);
  if (signal.aborted) pass();
  signal.addEventListener('abort', pass, { once: true });
  const late = () => controller.abort(new DOMException(`no end within ${milliseconds / 1000} s`, 'TimeoutError'));
  let timer = setTimeout(late, milliseconds);
  let left = milliseconds;
  let since = Date.now();
  let held = 0;
  const hold = () => {
    if (held === 0) {
      clearTimeout(timer);
      left -= Date.now() - since;
    }
    held += 1;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      held -= 1;
      if (held > 0 || isOver) return;
      since = Date.now();
      timer = setTimeout(late, left);
    };
  };
  let isOver = false;
  return {
    signal: controller.signal,
    hold,
    end: () => {
      isOver = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', pass);
    },
  };
}

/** The same without a limit. */
export function unlimited(signal: AbortSignal): TimeLimit {
  return { signal, hold: () => () => undefined, end: () => undefined };
}
