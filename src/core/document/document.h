#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace mscomm {

/// Where a value stands in its text: the line and, in characters, the column, both from 1.
struct TextPlace {
  std::uint32_t line = 1;
  std::uint32_t column = 1;

  friend bool operator==(const TextPlace&, const TextPlace&) = default;
};

/// A value's entry in a PlaceTable.
struct PlaceEntry {
  TextPlace place;
  std::uint32_t size = 1;  ///< how many entries it has: its own, and those of the values in it
};

/// The places of all values of a document, each before those of the values in it: twelve bytes a
/// value, which is cheap enough to be always kept.
using PlaceTable = std::vector<PlaceEntry>;

/// A value that was written as JSON, YAML or TOML, and where all that is in it stands.
class Document {
 public:
  Document(nlohmann::ordered_json root, PlaceTable places);

  [[nodiscard]] const nlohmann::ordered_json& root() const { return *root_; }
  [[nodiscard]] const std::shared_ptr<const nlohmann::ordered_json>& shared_root() const {
    return root_;
  }

  /// Where the value at a JSON Pointer stands; when nothing is there, the innermost value around.
  /// What an alias or a merge key of YAML copies stands where it is written.
  [[nodiscard]] TextPlace place(std::string_view pointer) const;

 private:
  std::shared_ptr<const nlohmann::ordered_json> root_;
  PlaceTable places_;
};

/// How deeply YAML and TOML may be nested.
inline constexpr std::size_t kMostDocumentLevels = 500;

}  // namespace mscomm
