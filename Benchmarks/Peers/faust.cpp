// Plays the units of a case, each an object of the class that Faust wrote into unit.h, in blocks of 64, and mixes them.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <cmath>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>
#include <algorithm>

#define FAUSTFLOAT float
struct Meta { void declare(const char *, const char *) {} };
struct UI {
  std::vector<std::pair<std::string, float *>> knobs;
  void openTabBox(const char *) {}
  void openHorizontalBox(const char *) {}
  void openVerticalBox(const char *) {}
  void closeBox() {}
  void declare(float *, const char *, const char *) {}
  void addButton(const char *name, float *place) { knobs.push_back({name, place}); }
  void addHorizontalSlider(const char *name, float *place, float value, float, float, float) {
    *place = value;
    knobs.push_back({name, place});
  }
};
struct dsp {
  virtual ~dsp() {}
};
#include "unit.h"

constexpr int rate = 48000, block = 64;

int main(int count, char **arguments) {
  const int units = atoi(arguments[2]);
  const long frames = long(atof(arguments[3]) * rate), release = long(atof(arguments[4]) * rate);
  std::ifstream list(arguments[1]);
  std::vector<std::unique_ptr<Unit>> all;
  std::vector<float *> gates;
  for (int i = 0; i < units; i++) {
    auto unit = std::make_unique<Unit>();
    unit->init(rate);
    UI ui;
    unit->buildUserInterface(&ui);
    std::sort(ui.knobs.begin(), ui.knobs.end());
    std::string line;
    std::getline(list, line);
    std::istringstream values(line);
    for (auto &[name, place] : ui.knobs) {
      if (name == "gate") { *place = 1, gates.push_back(place); } else { values >> *place; }
    }
    all.push_back(std::move(unit));
  }
  FILE *file = count > 5 ? fopen(arguments[5], "wb") : nullptr;
  if (file) {
    // A WAV file of 32-bit floats, two channels.
    uint32_t bytes = uint32_t(frames * 8), words[] = {36 + bytes, 16, rate, rate * 8, bytes};
    uint16_t halves[] = {3, 2, 8, 32};
    fwrite("RIFF", 1, 4, file), fwrite(words, 4, 1, file), fwrite("WAVEfmt ", 1, 8, file), fwrite(words + 1, 4, 1, file);
    fwrite(halves, 2, 2, file), fwrite(words + 2, 4, 2, file), fwrite(halves + 2, 2, 2, file);
    fwrite("data", 1, 4, file), fwrite(words + 4, 4, 1, file);
  }
  float left[block], right[block], own[2][block], *outputs[] = {own[0], own[1]};
  double sum = 0;
  for (long at = 0; at < frames; at += block) {
    if (release > 0 && at + release >= frames) for (float *gate : gates) *gate = 0;
    memset(left, 0, sizeof left), memset(right, 0, sizeof right);
    for (auto &unit : all) {
      unit->compute(block, nullptr, outputs);
      for (int i = 0; i < block; i++) left[i] += own[0][i], right[i] += own[1][i];
    }
    if (file) {
      float frame[2 * block];
      long whole = std::min(long(block), frames - at);
      for (int i = 0; i < block; i++) frame[2 * i] = left[i], frame[2 * i + 1] = right[i];
      fwrite(frame, 8, whole, file);
    }
    sum += left[0];
  }
  if (file) fclose(file);
  // So that nothing is left out by the compiler.
  return std::isfinite(sum) ? 0 : 1;
}
