#include "core/document/json_pointer.h"

#include <charconv>
#include <nlohmann/json.hpp>

namespace mscomm {

void append_pointer_step(std::string& pointer, std::string_view name) {
  pointer += '/';
  for (const char c : name) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer += c;
    }
  }
}

std::optional<std::vector<std::string>> pointer_steps(std::string_view pointer) {
  std::vector<std::string> steps;
  for (std::size_t i = 0; i < pointer.size(); ++i) {
    const char next = i + 1 < pointer.size() ? pointer[i + 1] : '\0';
    if (pointer[i] == '/') {
      steps.emplace_back();
    } else if (steps.empty() || (pointer[i] == '~' && next != '0' && next != '1')) {
      return std::nullopt;
    } else if (pointer[i] == '~') {
      steps.back() += next == '0' ? '~' : '/';
      ++i;
    } else {
      steps.back() += pointer[i];
    }
  }
  return steps;
}

const nlohmann::ordered_json* step_into(const nlohmann::ordered_json& value,
                                        const std::string& step) {
  if (value.is_object()) {
    const auto found = value.find(step);
    return found == value.end() ? nullptr : &*found;
  }
  std::size_t index = 0;
  const auto* const end = step.data() + step.size();
  const auto [stop, error] = std::from_chars(step.data(), end, index);
  const bool is_index = error == std::errc() && stop == end && (step == "0" || step[0] != '0');
  return value.is_array() && is_index && index < value.size() ? &value[index] : nullptr;
}

}  // namespace mscomm
