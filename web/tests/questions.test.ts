import { describe, expect, it } from "vitest";
import { Refused, Unreachable } from "../src/api/client";
import type { AnswerRequest } from "../src/api/schema";
import type { PointShape, Question, WorkProgress } from "../src/api/types";
import { shownPart, viewAround } from "../src/render/closeup";
import { Classes } from "../src/state/classes.svelte";
import { newAnnotation } from "../src/state/editing";
import { Questions } from "../src/state/questions.svelte";
import { resized } from "../src/state/question-shapes";
import { MemoryStorage } from "./support/storage";

const SHAPE = { type: "box" as const, xyxy: [10, 10, 20, 20] as [number, number, number, number] };

const question = (number: number): Question => ({
  ...{ id: `q${number}`, kind: "box", image_id: 1, file_name: "a.png", width: 64, height: 48, large: false },
  ...{ shape: SHAPE, class_id: 1, confidence: 0.5, from_xy: null, method: "detect", weights: "d-1", strategy: "least sure", around: [] },
});

const moveOf = (number: number): Question => ({
  ...question(number),
  ...{ kind: "move", method: "refine", shape: { type: "point", x: 12 + number, y: 5 }, from_xy: [10 + number, 5] },
});

/** A server with questions q0, q1, ... that notes what it is asked. */
function setUp(count = 10, storage = new MemoryStorage(), make = question) {
  const state = { open: Array.from({ length: count }, (_, i) => `q${i}`), answers: [] as AnswerRequest[], undone: [] as (string | null)[] };
  const told = { freed: [] as string[], changes: 0, fails: null as Error | null, kept: [] as (string[] | null)[] };
  const respond = async <T>(value: () => T): Promise<T> => {
    await Promise.resolve();
    if (told.fails !== null) throw told.fails;
    return value();
  };
  const progress = (): WorkProgress => ({ answered: state.answers.length, skipped: 0, left: state.open.length, elsewhere: 0 });
  const questions = new Questions({
    client: {
      nextQuestions: (_holder, most, refresh, keep) => {
        told.kept.push(refresh ? keep : null);
        return respond(() => ({
          questions: state.open.slice(0, most).map((id) => make(Number(id.slice(1)))),
          progress: progress(),
          lease_seconds: 45,
        }));
      },
      answerQuestion: (body) =>
        respond(() => {
          state.answers.push(body);
          if (body.answer !== "missing") state.open = state.open.filter((id) => id !== body.item_id);
          return {} as never;
        }),
      undoAnswer: (_, of) =>
        respond(() => {
          state.undone.push(of);
          const at = of === null ? state.answers.length - 1 : state.answers.findIndex(({ id }) => id === of);
          const [taken] = state.answers.splice(at, 1);
          if (taken!.answer !== "missing") state.open = [taken!.item_id, ...state.open];
          return { change: {} as never, question: question(Number(taken!.item_id.slice(1))) };
        }),
      giveBack: async (holder) => void told.freed.push(holder),
      askSkippedAgain: () => respond(progress),
    },
    classes: new Classes(),
    pictures: { want: () => undefined } as never,
    ...{ storage, project: "p", tab: "tab" },
    saved: () => Promise.resolve(),
    changed: async () => void (told.changes += 1),
    isClosed: async (tab) => tab === "gone",
  });
  return { questions, state, told };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

describe("questions", () => {
  it("are answered one after the other, the next one at once", async () => {
    const { questions, state } = setUp();
    await questions.show();
    expect([questions.queue.current?.id, questions.queue.progress.left]).toEqual(["q0", 10]);
    questions.accept();
    expect([questions.queue.current?.id, questions.queue.progress.answered, questions.unsaved]).toEqual(["q1", 1, 1]);
    questions.reject();
    questions.chooseClass(2);
    questions.skip();
    await settled();
    expect(state.answers.map(({ item_id, answer, class_id }) => [item_id, answer, class_id])).toEqual([
      ["q0", "accept", undefined],
      ["q1", "delete", undefined],
      ["q2", "accept", 2],
      ["q3", "skip", undefined],
    ]);
    expect(questions.unsaved).toBe(0);
    expect(questions.queue.current?.id).toBe("q4"); // more were asked for in time
    await questions.close();
  });

  it("take a moved suggestion as it is on the screen, and Undo first puts it back", async () => {
    const { questions, state } = setUp();
    await questions.show();
    questions.draft.move([1, 0]);
    questions.draft.resize([0, 2]);
    expect(questions.draft.isMoved).toBe(true);
    await questions.undo();
    expect([questions.draft.isMoved, state.undone]).toEqual([false, []]);
    questions.draft.move([0, -1]);
    questions.accept();
    await settled();
    expect(state.answers[0]?.shape).toEqual({ type: "box", xyxy: [10, 9, 20, 19] });
    await questions.close();
  });

  it("show what others have accepted since, but not around the one on the screen", async () => {
    let around: Question["around"] = [];
    const { questions } = setUp(4, new MemoryStorage(), (number) => ({ ...question(number), around }));
    await questions.show();
    around = [{ ...newAnnotation("theirs", 1, 2), state: "accepted", shape: SHAPE } as Question["around"][number]];
    await questions.renew("renewed");
    expect(questions.around).toEqual([]);
    questions.skip();
    expect(questions.around.map(({ id }) => id)).toEqual(["theirs"]);
  });

  it("show a point where it was moved to, and no longer where it was", async () => {
    const points = [10, 11, 12].map((x) => ({ ...newAnnotation(`p${x}`, 1, 1), prompts: [], shape: { type: "point" as const, x, y: 5 } }));
    const { questions } = setUp(3, new MemoryStorage(), (number) => ({ ...moveOf(number), around: points }));
    const places = () => questions.around.map(({ shape }) => (shape as PointShape).x);
    await questions.show();
    expect(places()).toEqual([10, 11, 12]);
    questions.accept();
    expect(places()).toEqual([11, 12, 12]);
    questions.reject();
    expect(places()).toEqual([11, 12, 12]);
    await questions.undo();
    await questions.undo();
    expect(places()).toEqual([10, 11, 12]);
    await questions.close();
  });

  it("are undone one by one, also those of an earlier visit", async () => {
    const { questions, state } = setUp();
    await questions.show();
    questions.accept();
    questions.reject();
    await questions.undo();
    expect([questions.queue.current?.id, questions.queue.progress.answered]).toEqual(["q1", 1]);
    await settled();
    expect(state.answers.map(({ item_id }) => item_id)).toEqual(["q0"]);
    await questions.close();
    await questions.show();
    expect(questions.queue.current?.id).toBe("q1");
    await questions.undo();
    expect([questions.queue.current?.id, state.undone.at(-1)]).toEqual(["q0", null]);
    await questions.close();
  });

  it("stay while a missing object is added, which the next questions of the image show", async () => {
    const { questions, state } = setUp();
    await questions.show();
    questions.draft.toggleAdding();
    expect(questions.draft.added).toEqual({ type: "box", xyxy: [20, 10, 30, 20] });
    questions.reject(); // means nothing while an object is placed
    questions.chooseClass(3);
    questions.accept();
    expect([questions.queue.current?.id, questions.draft.added]).toEqual(["q0", null]);
    expect(questions.around.map(({ class_id }) => class_id)).toEqual([3]);
    await settled();
    expect(state.answers.map(({ answer, class_id }) => [answer, class_id])).toEqual([["missing", 3]]);
    await questions.undo();
    expect([questions.queue.current?.id, questions.around]).toEqual(["q0", []]);
    await questions.close();
  });

  it("keep their answers until the server has them, over a reload", async () => {
    const storage = new MemoryStorage();
    const before = setUp(10, storage);
    await before.questions.show();
    before.told.fails = new Unreachable("The server does not respond.");
    before.questions.accept();
    await settled();
    expect([before.questions.unsaved, before.questions.queue.current?.id]).toEqual([1, "q1"]);
    const after = setUp(10, storage);
    await after.questions.sendLeft();
    await settled();
    expect(after.state.answers.map(({ item_id }) => item_id)).toEqual(["q0"]);
    void before.questions.close();
  });

  it("say why an answer is refused, and go on", async () => {
    const { questions, told, state } = setUp();
    await questions.show();
    told.fails = new Refused("somebody else has answered this question", "outdated");
    questions.accept();
    await settled();
    told.fails = null;
    expect(questions.notice).toBe("Somebody else has answered this question.");
    expect([questions.queue.current?.id, questions.around, state.answers]).toEqual(["q1", [], []]);
    await questions.close();
  });

  it("make way for those of a new round, except the one on the screen and those whose answers are on their way", async () => {
    const { questions, state, told } = setUp();
    await questions.show();
    questions.accept();
    questions.accept(); // with few left, the page asks for more
    state.open = ["q2", "q9", "q8", "q7", "q6"];
    const renewal = questions.renew("8 new questions");
    await settled();
    await renewal;
    expect(told.kept).toEqual([[], null, ["q2", "q1"]]);
    expect(questions.queue.current?.id).toBe("q2");
    questions.accept();
    expect([questions.queue.current?.id, told.kept.length]).toEqual(["q9", 3]);
    await settled();
    await questions.renew("renewed");
    expect(told.kept.at(-1)).toEqual(["q9"]);
    await questions.close();
  });

  it("end when the server has no more", async () => {
    const { questions } = setUp(1);
    await questions.show();
    questions.accept();
    expect([questions.queue.current, questions.queue.loaded]).toEqual([null, false]);
    await settled();
    expect([questions.queue.loaded, questions.queue.progress]).toEqual([true, { answered: 1, skipped: 0, left: 0, elsewhere: 0 }]);
    await questions.close();
  });

  it("are given back when the page is left, and by closed tabs when another one opens them", async () => {
    const storage = new MemoryStorage();
    storage.setItem("fewclicks.asked.p.gone", "1");
    storage.setItem("fewclicks.asked.p.open", "1");
    const { questions, told } = setUp(3, storage);
    await questions.show();
    expect(told.freed).toEqual(["gone"]);
    await questions.close();
    expect([told.freed, told.changes]).toEqual([["gone", "tab"], 1]);
  });
});

const areaOf = (number: number): Question => ({ ...question(number), kind: "area", confidence: null, strategy: "areas" });

describe("a question about an area", () => {
  it("takes objects until nothing is missing", async () => {
    const { questions, state } = setUp(2, new MemoryStorage(), areaOf);
    await questions.show();
    questions.reject();
    expect([questions.notice, questions.queue.current?.id]).toEqual(["Add each object that has no box yet, or confirm that nothing is missing", "q0"]);
    questions.chooseClass(2);
    expect(questions.draft.added).toEqual({ type: "box", xyxy: [40 / 3, 40 / 3, 50 / 3, 50 / 3] });
    questions.draft.move([1, 0]);
    questions.accept();
    expect([questions.notice, questions.queue.current?.id]).toEqual(["Object added. Does every object in the frame have a box now?", "q0"]);
    await questions.undo();
    questions.draft.toggleAdding();
    expect(questions.draft.addedClass).toBe(2);
    questions.accept();
    questions.draft.move([5, 5]);
    expect(questions.draft.isMoved).toBe(false);
    questions.accept();
    expect(questions.queue.current?.id).toBe("q1");
    expect(questions.around.map(({ class_id }) => class_id)).toEqual([2]);
    await settled();
    expect(state.answers.map(({ answer, class_id }) => [answer, class_id])).toEqual([
      ["missing", 2],
      ["accept", undefined],
    ]);
    expect(state.undone.length).toBe(1);
    await questions.close();
  });
});

describe("what a question shows", () => {
  it("is the suggestion in the middle, with as much around it", () => {
    const view = viewAround({ kind: "box", shape: { type: "box", xyxy: [100, 100, 200, 150] } }, 600, 300);
    expect(view).toEqual({ scale: 1, x: 150, y: 25 });
    expect(shownPart(view, [600, 300], [400, 400])).toEqual([0, 0, 1, 0.6875]);
    expect(viewAround({ kind: "area", shape: { type: "box", xyxy: [100, 100, 200, 150] } }, 600, 300).scale).toBe(2.5);
  });

  it("can be made larger by its right and lower sides, also when it is oriented", () => {
    expect(resized(SHAPE, [2, -20])).toEqual({ type: "box", xyxy: [10, 10, 22, 11] });
    const turned = resized({ type: "oriented_box", cx: 10, cy: 10, w: 4, h: 4, angle: Math.PI / 2 }, [2, 0]);
    expect(turned).toMatchObject({ w: 6, h: 4 });
    expect((turned as { cy: number }).cy).toBeCloseTo(11);
    expect(resized({ type: "point", x: 1, y: 1 }, [2, 2])).toEqual({ type: "point", x: 1, y: 1 });
  });
});
