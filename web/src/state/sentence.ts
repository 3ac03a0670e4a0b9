/** The server's messages begin in the middle of a line, as in a terminal. A name at the beginning stays as it is. */

export const capital = (text: string): string => text.replace(/^[a-z](?=[a-z]* )/, (letter) => letter.toUpperCase());

export const sentence = (text: string): string => `${capital(text)}${/[.!?]$/.test(text) ? "" : "."}`;

/** The name of a model as the beginning of a sentence, or on a button. */
export const asTitle = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);
