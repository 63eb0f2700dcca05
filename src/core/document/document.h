#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace mscomm {

/// The place of a value in its text: line, and column in characters, both from 1.
struct TextPlace {
  std::uint32_t line = 1;
  std::uint32_t column = 1;

  friend bool operator==(const TextPlace&, const TextPlace&) = default;
};

/// A value's entry in a PlaceTable.
struct PlaceEntry {
  TextPlace place;
  std::uint32_t size = 1;  ///< the number of its entries: its own, and those of the values in it
};

/// The places of all values of a document; a value comes before the values in it. Twelve bytes a
/// value: cheap enough to keep always.
using PlaceTable = std::vector<PlaceEntry>;

/// A value read from JSON, YAML or TOML, with the place of each value in it.
class Document {
 public:
  Document(nlohmann::ordered_json root, PlaceTable places);

  [[nodiscard]] const nlohmann::ordered_json& root() const { return *root_; }
  [[nodiscard]] const std::shared_ptr<const nlohmann::ordered_json>& shared_root() const {
    return root_;
  }

  /// The place of the value at a JSON Pointer; if there is none, of the innermost value around it.
  /// Values inside a YAML alias or a merged mapping have the place where they are written.
  [[nodiscard]] TextPlace place(std::string_view pointer) const;

 private:
  std::shared_ptr<const nlohmann::ordered_json> root_;
  PlaceTable places_;
};

/// The most levels of nesting in YAML and TOML.
inline constexpr std::size_t kMostDocumentLevels = 500;

}  // namespace mscomm
