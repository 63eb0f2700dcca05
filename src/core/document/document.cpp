#include "core/document/document.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "core/document/json_pointer.h"

namespace mscomm {

using Json = nlohmann::ordered_json;

Document::Document(Json root, PlaceTable places)
    : root_(std::make_shared<const Json>(std::move(root))), places_(std::move(places)) {}

TextPlace Document::place(std::string_view pointer) const {
  const auto* at = root_.get();
  std::size_t entry = 0;
  for (const auto& step : pointer_steps(pointer).value_or(std::vector<std::string>())) {
    const auto* const next = step_into(*at, step);
    if (next == nullptr) {
      break;
    }
    ++entry;
    for (auto before = at->begin(); &*before != next; ++before) {
      entry += places_[entry].size;
    }
    at = next;
  }
  return entry < places_.size() ? places_[entry].place : TextPlace();
}

}  // namespace mscomm
