/** Models and the jobs that train them, as `fewclicks/server/job_schemas.py` writes it. */

export type JobState = "waiting" | "running" | "done" | "cancelled" | "failed" | "interrupted";

/** mAP at IoU 0.5 after 0, 1, ... clicks, on images that were not trained on. */
export interface Validation {
  images: number;
  map50: number[];
  before: { weights: string; map50: number[] } | null;
}

export interface TrainingResult {
  version: string;
  weights: string;
  training_images: number;
  objects: number;
  validation: Validation | null;
  /** Whether it is known to find less than the model before it. */
  finds_less: boolean;
}

export interface Job {
  id: number;
  kind: string;
  state: JobState;
  progress: number;
  message: string;
  started_at: string;
  ended_at: string | null;
  /** Points: step, loss. */
  curve: [number, number][];
  /** Empty until the job is done. */
  result: TrainingResult | Record<string, never>;
  resumable: boolean;
}

export interface Model {
  /** Null: the shipped one. */
  version: string | null;
  summary: string;
  data: string[];
  licence: string;
  figures: Record<string, unknown>;
  megabytes: number;
  made_at: string | null;
  problem: string | null;
}

export interface ModelsAnswer {
  method: "detect";
  models: Model[];
  chosen: string | null;
  weights: string | null;
  training: {
    finished: number;
    needed: number;
    boxes: number;
    missing: string;
    install: string | null;
    minutes: number;
  };
  job: Job | null;
}

export const EVENTS_URL = "/api/jobs/events";
