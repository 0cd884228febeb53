void below(const float *input, float *output);
