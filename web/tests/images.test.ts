import { describe, expect, it } from "vitest";
import type { ImageSummary } from "../src/api/types";
import { setUp } from "./support/bench";
import { IMAGE } from "./support/server";

/** The list, and a read of it whose answer comes when `answer` is called; every further answer is `newest`. */
function whileReading(newest: ImageSummary[] = []) {
  const { images } = setUp();
  images.load([IMAGE, { ...IMAGE, id: 2, file_name: "dishes.png" }]);
  let answer: (list: ImageSummary[]) => void = () => undefined;
  let asked = 0;
  const read = images.reload(() => {
    asked += 1;
    return asked === 1 ? new Promise((resolve) => (answer = resolve)) : Promise.resolve(newest);
  });
  const names = () => images.all.map(({ file_name }) => file_name);
  return { images, names, asked: () => asked, answer: (list: ImageSummary[]) => (answer(list), read) };
}

describe("the list of images", () => {
  it("is read again when an image was replaced meanwhile", async () => {
    const { images, names, asked, answer } = whileReading([{ ...IMAGE, file_name: "plates.png" }]);
    const old = images.all;
    images.replace({ ...IMAGE, id: 2, file_name: "plates.png" });
    await answer([...old]);
    expect(names()).toEqual(["plates.png"]);
    expect(asked()).toBe(2);
  });

  it("takes up an image that was replaced before", async () => {
    const { images, names, answer } = whileReading();
    await answer([...images.all]);
    images.replace({ ...IMAGE, id: 2, file_name: "plates.png" });
    await images.reload(async () => [{ ...IMAGE, id: 2, file_name: "pans.png" }]);
    expect(names()).toEqual(["pans.png"]);
  });

  it("drops an answer that comes after that of a later read", async () => {
    const { images, names, answer } = whileReading();
    await images.reload(async () => [{ ...IMAGE, file_name: "new.png" }]);
    await answer([IMAGE]);
    expect(names()).toEqual(["new.png"]);
  });
});
