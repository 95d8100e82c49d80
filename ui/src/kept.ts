// What the browser keeps for the page. A browser that keeps nothing is no error: then it is forgotten with the page.

function guarded<T>(act: () => T, otherwise: T): T {
  try {
    return act();
  } catch {
    return otherwise;
  }
}

const memory = (of: () => Storage) => ({
  read: (key: string): string | null => guarded(() => of().getItem(key), null),
  write: (key: string, value: string): void => guarded(() => of().setItem(key, value), undefined),
  forget: (key: string): void => guarded(() => of().removeItem(key), undefined),
});

/** Of this tab only. */
export const ofTab = memory(() => sessionStorage);
/** Of this browser. */
export const ofBrowser = memory(() => localStorage);
