/**
 * A signal that also comes when a time is over; `end` gives its timer back.
 *
 * @param milliseconds after which it comes, with a `TimeoutError`
 */
export function within(signal: AbortSignal, milliseconds: number): { signal: AbortSignal; end: () => void } {
  // Not AbortSignal.any over AbortSignal.timeout: Node 20 may collect both, and then neither ever comes.
  const controller = new AbortController();
  const pass = () => controller.abort(signal.reason);
  if (signal.aborted) pass();
  signal.addEventListener('abort', pass, { once: true });
  const late = () => controller.abort(new DOMException(`no end within ${milliseconds / 1000} s`, 'TimeoutError'));
  const timer = setTimeout(late, milliseconds);
  return {
    signal: controller.signal,
    end: () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', pass);
    },
  };
}
