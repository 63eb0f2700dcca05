#pragma once

#include <fmt/core.h>

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/output/record.h"
#include "core/runtime/clock.h"
#include "core/runtime/exit_code.h"

namespace mscomm {

/// The importance of a step, highest first.
enum class LogLevel {
  error,
  summary,  ///< a result for people: on stderr unless --quiet; info in the JSON log
  warning,
  info,
  debug,
  progress,  ///< text at the bottom of a terminal, which the next one replaces
};

/// Text that is formatted only for a listener that reads it. Refers to its arguments.
class StepMessage {
 public:
  StepMessage() = default;
  StepMessage(fmt::string_view format, fmt::format_args parts) : format_(format), parts_(parts) {}

  [[nodiscard]] bool empty() const { return format_.size() == 0; }
  [[nodiscard]] std::string text() const { return fmt::vformat(format_, parts_); }

 private:
  fmt::string_view format_;
  fmt::format_args parts_;
};

/// A named value of a step. Refers to the text passed in.
struct StepField {
  template <class T>
  StepField(std::string_view its_name, const T& its_value) : name(its_name) {
    if constexpr (std::signed_integral<T>) {
      value = std::int64_t{its_value};
    } else if constexpr (std::unsigned_integral<T> && !std::is_same_v<T, bool>) {
      value = std::uint64_t{its_value};
    } else if constexpr (std::is_convertible_v<T, std::string_view>) {
      value = std::string_view(its_value);
    } else {
      value = its_value;
    }
  }

  std::string_view name;
  Value value;
};

/// The fields of a step, by reference.
class StepFields {
 public:
  StepFields() = default;
  StepFields(std::initializer_list<StepField> fields) {
    fields_ = std::span(fields.begin(), fields.size());
  }
  StepFields(const std::vector<StepField>& fields) : fields_(fields) {}

  [[nodiscard]] auto begin() const { return fields_.begin(); }
  [[nodiscard]] auto end() const { return fields_.end(); }

 private:
  std::span<const StepField> fields_;
};

/// A notable step of a command, for logs, metrics and traces. It refers to its parts, so it must be
/// told in the expression that makes it.
struct Step {
  std::string_view name = {};  ///< "connection.lost", see step_names.h; empty: text only
  LogLevel level = LogLevel::info;
  std::string_view target = {};  ///< a URL without a password, a circuit, a queue
  std::string_view trace_id = {};
  std::optional<Duration> duration = {};
  std::optional<Exit> outcome = {};
  StepFields fields = {};
  std::string_view hint = {};  ///< what to do
  StepMessage message = {};    ///< for people; without one a step is not in the text log
  std::span<const std::string> lines = {};  ///< for people, below the message
};

/// A record's JSON members, by its table, as fields of a step; absent ones are left out. The record
/// must outlive them.
template <class R>
std::vector<StepField> step_fields(std::span<const Field<R>> table, const R& record) {
  std::vector<StepField> fields;
  for (const auto& field : table) {
    const auto value = field.is_in_json() ? field.json(record, {}) : Value();
    if (!std::holds_alternative<std::monostate>(value)) {
      fields.emplace_back(field.name, value);
    }
  }
  return fields;
}

}  // namespace mscomm
