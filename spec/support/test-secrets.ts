/** [secrets] of tests that do not care about keys: one for all, so that no file is made and every process has it. */
export const TEST_SECRETS = { encryption_keys: "dGVzdHMgb25seTogdGhpcyBrZXkgcHJvdGVjdHMgMDA=" };
