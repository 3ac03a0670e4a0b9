/** The image that the page's address names: `#image=ID`. */

export const showInAddress = (imageId: number | null): void => history.replaceState(null, "", `#image=${imageId}`);

/** NaN if the address names none. */
export const imageInAddress = (): number => Number(/image=(\d+)/.exec(location.hash)?.[1]);
