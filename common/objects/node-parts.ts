/** What drivers have read from a machine and the service keeps of it: BIOS settings and firmware components. */

export interface BiosSetting {
  readonly name: string;
  readonly value: string | null;
  readonly created_at: string;
  readonly updated_at: string | null;
  readonly attribute_type: string | null;
  readonly allowable_values: readonly string[];
  readonly lower_bound: number | null;
  readonly upper_bound: number | null;
  readonly min_length: number | null;
  readonly max_length: number | null;
  readonly read_only: boolean | null;
  readonly reset_required: boolean | null;
  readonly unique: boolean | null;
}

export type NewBiosSetting = Pick<BiosSetting, "name" | "value"> &
  Partial<Omit<BiosSetting, "name" | "value" | "created_at" | "updated_at">>;

export interface FirmwareComponent {
  readonly component: string;
  readonly initial_version: string;
  readonly current_version: string | null;
  readonly last_version_flashed: string | null;
  readonly created_at: string;
  readonly updated_at: string | null;
  readonly vendor: string | null;
  readonly model: string | null;
  readonly serial_number: string | null;
}

export type NewFirmwareComponent = Pick<FirmwareComponent, "component" | "initial_version"> &
  Partial<Omit<FirmwareComponent, "component" | "initial_version" | "created_at" | "updated_at">>;
