/** Seconds between attempts grow to this bound. */
const LONGEST_S = 30;

/** Milliseconds to wait after so many failures in a row: doubling, and jittered so that visitors spread out. */
export function backoff(failures) {
  const ceiling = Math.min(LONGEST_S, 2 ** failures) * 1000;
  return ceiling / 2 + (Math.random() * ceiling) / 2;
}

/** A wait that can be cut short. */
export class Pause {
  #end = () => {};

  wait(milliseconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#end = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  end() {
    this.#end();
  }
}
