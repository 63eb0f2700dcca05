#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/output/record.h"
#include "core/telemetry/observer.h"

namespace mscomm::test {

/// What a listener was told, kept for a test.
struct RecordedStep {
  std::string name;
  LogLevel level;
  std::string target;
  std::string trace_id;
  std::optional<Duration> duration;
  std::optional<Exit> outcome;
  std::map<std::string, std::string> fields;  ///< as text
};

/// Listens to steps that have a name, whatever their level, as metrics and traces do.
class StepRecorder final : public Listener {
 public:
  explicit StepRecorder(std::vector<RecordedStep>& steps) : steps_(steps) {}

  [[nodiscard]] bool wants(LogLevel /*level*/, bool named) const override { return named; }
  void on(const Step& step) override {
    auto& kept = steps_.emplace_back();
    kept.name = step.name;
    kept.level = step.level;
    kept.target = step.target;
    kept.trace_id = step.trace_id;
    kept.duration = step.duration;
    kept.outcome = step.outcome;
    for (const auto& field : step.fields) {
      append_text(kept.fields[std::string(field.name)], field.value, TextForm::exact);
    }
  }

 private:
  std::vector<RecordedStep>& steps_;
};

}  // namespace mscomm::test
