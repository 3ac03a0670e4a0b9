/** The page's names for what the server takes and sends; `schema.d.ts` is generated from its routes. Coordinates are image pixels. */

import type {
  AnnotationSchemaOutput,
  AskRequest,
  BoxShapeOutput,
  ClassClickSchema,
  ClickPromptInput,
  EditRequest,
  ExportPlanSchema,
  ImageSummary,
  ProposalsSchema,
  RespondRequest,
  TakeRequest,
  TrainRequest,
} from "./schema";

export type {
  AdvanceAnswer,
  AskResult,
  BatchSchema as Batch,
  BoxShapeOutput as BoxShape,
  ChangeAnswer,
  ClassCount,
  ClassSchemaOutput as LabelClass,
  CountsAnswer,
  ExportPlanSchema as ExportPlan,
  FormatSchema as Format,
  ImageDetail,
  ImageSummary,
  ImportSchema as Import,
  LedgerAnswer,
  LedgerRow,
  LedgerTotals,
  LimitsAnswer,
  JobSchema as Job,
  MaskShapeOutput as MaskShape,
  MethodSchema as MethodInfo,
  ModelSchema as Model,
  ModelsAnswer,
  MoveSchema as Move,
  OrientedBoxShapeOutput as OrientedBoxShape,
  PointShapeOutput as PointShape,
  PolygonsShapeOutput as PolygonsShape,
  ProjectAnswer,
  QuestionSchema as Question,
  RoundResult,
  RoundsAnswer,
  RoundSettingsSchema as RoundSettings,
  SettingSchema as Setting,
  SuggestedPointSchema as SuggestedPoint,
  SuggestedPointsSchema as SuggestedPoints,
  TilesAnswer as Tiles,
  TrainableSchema as Trainable,
  TrainingResult,
  UndoneImportAnswer as UndoneImport,
  UndoState,
  WorkProgress,
} from "./schema";

export type Box = BoxShapeOutput["xyxy"];
export type Point = Extract<Prompt, { type: "extreme_points" }>["points"][number];
/** cx, cy, w, h and the angle. */
export type BoxRow = ProposalsSchema["boxes"][number];

/** `xyxy`: the box around the object, if a person drew one. */
export type ClassClick = Omit<ClassClickSchema, "xyxy"> & Partial<Pick<ClassClickSchema, "xyxy">>;
/** With clicks that may still be on their way. */
export type Proposals = Omit<ProposalsSchema, "clicks"> & { clicks: ClassClick[] };

/** Settings of a training run that differ from their defaults, by name. */
export type SettingValues = NonNullable<TrainRequest["settings"]>;
export type SettingValue = SettingValues[string];

/** As a person gives it: the server numbers its round. */
export type Prompt = Exclude<NonNullable<RespondRequest["prompts"]>[number], { type: "class_click" }>;
export type ClickPrompt = ClickPromptInput;
/** With prompts that may still be on their way. */
export type Annotation = Omit<AnnotationSchemaOutput, "prompts"> & { prompts: Prompt[] };
export type Shape = NonNullable<Annotation["shape"]>;

export type EditKind = EditRequest["kind"];
export type TakeKind = TakeRequest["kind"];
/** Which images an export holds. */
export type ImageChoice = ExportPlanSchema["choice"];
/** Which images a job asks a model about. */
export type AskedImages = NonNullable<AskRequest["images"]>;
export type ImageStatus = ImageSummary["status"];
/** With its version. */
export type VersionedStatus = Pick<ImageSummary, "status" | "status_version">;
/** The name of a model, which answers prompts. */
export type Method = string;
