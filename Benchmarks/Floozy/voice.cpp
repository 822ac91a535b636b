// Eight voices of Floozy by the formulas of its original (Tests/Golden/disyn has their results), one sample and one
// voice at a time, in single precision, as the original is written. Prints nanoseconds per voice and sample.
//
// voice RATE SECONDS INTERFACE: reed (2) or brass (4)
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

static float saturate(float x) {
  x = std::clamp(x, -3.0f, 3.0f);
  return x * (27 + x * x) / (27 + 9 * x * x);
}

struct Voice {
  float rate, hertz;
  // Controls, as the worst case sets them: every feedback high, modulation on.
  float p1 = 0.55f, p2 = 0.5f, sourceLevel = 0.5f, noiseLevel = 0.2f, dcLevel = 0.05f, intensity = 0.9f;
  float feedback1 = 0.95f, feedback2 = 0.9f, feedback3 = 0.5f, cutoff = 0.57f, q = 0.6f, shape = 0.25f, mode = 0.7f;
  float lfoRate = 0.74f, ratio = 0.6f, tuning = 0.5f;
  int interface = 2;

  float phase = 0, lfoPhase = 0, envelope = 0, first = 0, second = 0, filtered = 0, entered = 0, blocked = 0, damp = 1;
  float low = 0, band = 0;
  unsigned random = 1;
  std::vector<float> line1, line2;
  int write = 0;
  float lfoStep, drive, trim, length1, length2, corner, damping;

  Voice(float rate, float hertz, int interface) : rate(rate), hertz(hertz), interface(interface) {
    line1.assign(int(rate / 20), 0);
    line2.assign(int(rate / 20), 0);
    // What depends on the controls alone is computed once: the fairest form of the original.
    lfoStep = 0.1f * std::pow(200.0f, lfoRate) / rate;
    drive = 0.05f * std::pow(100.0f, p1);
    trim = 0.2f * std::pow(6.0f, p2);
    float length = rate / (hertz * std::pow(2.0f, (tuning - 0.5f) * 2)), longest = float(line1.size() - 1);
    length1 = std::clamp(length, 2.0f, longest);
    length2 = std::clamp(length * (ratio < 0.5f ? 0.5f + ratio : 1 + 2 * (ratio - 0.5f)), 2.0f, longest);
    corner = 2 * std::sin(3.14159265f * 20 * std::pow(1000.0f, cutoff) / rate);
    damping = 1 / (0.5f * std::pow(40.0f, q));
  }

  float noise() {
    random = random * 1664525u + 1013904223u;
    return float(int(random)) / 2147483648.0f;
  }

  float read(const std::vector<float> &line, float length) {
    float place = float(write) - length;
    if (place < 0) place += float(line.size());
    int at = int(place);
    float share = place - float(at);
    int next = at + 1 == int(line.size()) ? 0 : at + 1;
    return line[at] * (1 - share) + line[next] * share;
  }

  float excite(float x) {
    float i = intensity;
    if (interface == 2) {
      float bias = 0.25f * (i - 0.5f);
      return std::clamp(saturate((x + bias) * (2.5f + 10 * i)) * (0.6f + 0.5f * i) - 0.3f * bias, -1.0f, 1.0f);
    }
    float push = 1.5f + 5 * i, s;
    if (x >= 0)
      s = saturate(x * push + 0.2f + 0.35f * i);
    else
      s = -std::pow(std::min(-x * push * (0.4f + 0.4f * i), 1.5f), 1.3f) * (0.35f + 0.25f * (1 - i));
    return std::clamp(saturate(s * (1.2f + 1.5f * i)) + 0.05f * i, -1.0f, 1.0f);
  }

  float next() {
    const float turn = 6.283185307f;
    lfoPhase += lfoStep;
    if (lfoPhase >= 1) lfoPhase -= 1;
    float lfo = std::sin(turn * lfoPhase), a = std::max(0.0f, 1 - 2 * mode), f = std::max(0.0f, 2 * mode - 1);
    float am = 1 - a / 2 + lfo * a / 2, fm = 1 + 0.1f * lfo * f;
    phase += hertz * fm / rate;
    if (phase >= 1) phase -= 1;
    float source = trim * std::tanh(drive * std::sin(turn * phase)) * sourceLevel + noise() * noiseLevel + dcLevel;
    envelope = std::min(1.0f, envelope + 1 / (0.01f * rate));
    float back = 0.99f * (feedback1 * first + feedback2 * second + feedback3 * filtered);
    blocked = back - entered + 0.995f * blocked;
    entered = back;
    float sound = excite(source * envelope + blocked * damp);
    first = read(line1, length1);
    second = read(line2, length2);
    line1[write] = sound;
    line2[write] = sound;
    write = write + 1 == int(line1.size()) ? 0 : write + 1;
    float x = (first + second) * 0.5f;
    low += corner * band;
    float high = x - low - damping * band;
    band += corner * high;
    if (!std::isfinite(low) || !std::isfinite(band)) low = band = 0;
    filtered = shape < 0.5f ? low + (band - low) * 2 * shape : band + (high - band) * (2 * shape - 1);
    return filtered * am * 0.8f;
  }
};

struct Room {
  std::vector<float> combs[4], passes[2];
  int at[6] = {};
  Room(float rate) {
    const float seconds[] = {0.0297f, 0.0371f, 0.0411f, 0.0437f};
    for (int i = 0; i < 4; i++) combs[i].assign(int(rate * seconds[i]), 0);
    passes[0].assign(int(rate * 0.005f), 0);
    passes[1].assign(int(rate * 0.0017f), 0);
  }
  float next(float x) {
    float wet = 0;
    for (int i = 0; i < 4; i++) {
      float y = combs[i][at[i]];
      combs[i][at[i]] = x + y * 0.84f;
      at[i] = at[i] + 1 == int(combs[i].size()) ? 0 : at[i] + 1;
      wet += y;
    }
    wet *= 0.25f;
    for (int i = 0; i < 2; i++) {
      float late = passes[i][at[4 + i]], y = late - 0.5f * wet;
      passes[i][at[4 + i]] = wet + 0.5f * late;
      at[4 + i] = at[4 + i] + 1 == int(passes[i].size()) ? 0 : at[4 + i] + 1;
      wet = y;
    }
    return x * 0.7f + wet * 0.3f;
  }
};

int main(int count, char **words) {
  float rate = count > 1 ? std::atof(words[1]) : 48000, seconds = count > 2 ? std::atof(words[2]) : 20;
  int interface = count > 3 ? std::atoi(words[3]) : 2;
  std::vector<Voice> voices;
  for (int key : {33, 40, 45, 49, 52, 57, 61, 64})
    voices.emplace_back(rate, 440 * std::pow(2.0f, (key - 69) / 12.0f), interface);
  Room room(rate);
  float peak = 0;
  long frames = long(rate * seconds);
  // Processor time: another program may have the core meanwhile.
  std::clock_t start = std::clock();
  for (long i = 0; i < frames; i++) {
    float sum = 0;
    for (auto &voice : voices) sum += voice.next();
    float y = room.next(sum);
    peak = std::max(peak, std::fabs(y));
  }
  double spent = double(std::clock() - start) / CLOCKS_PER_SEC;
  std::printf("%.3f\n", 1e9 * spent / (double(frames) * 8));
  std::fprintf(stderr, "peak %.2f\n", peak);
}
