/** Server-sent events for a page, for as long as somebody looks at it. */

const RETRY_MS = 3000;

/**
 * Follow a stream while the page is in sight: browsers lend a site six connections, which the tabs of an analyst with
 * many tickets would use up. Whoever comes back to a tab gets the stream's first event anew, and so catches up.
 *
 * The handlers are open(), lost(), and one for each kind of event, which gets its data.
 */
export function follow(address, { open, lost, ...events }) {
  let stream = null;
  let retry;

  function begin() {
    clearTimeout(retry);
    if (document.hidden || stream) {
      return;
    }
    stream = new EventSource(address);
    stream.addEventListener("open", open);
    for (const [kind, heard] of Object.entries(events)) {
      stream.addEventListener(kind, ({ data }) => heard(data));
    }
    stream.addEventListener("error", () => {
      lost();
      // A browser gives up on a stream that is refused, as while the desk starts anew.
      if (stream?.readyState === EventSource.CLOSED) {
        end();
        retry = setTimeout(begin, RETRY_MS);
      }
    });
  }

  function end() {
    stream?.close();
    stream = null;
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? end() : begin()));
  begin();
}
