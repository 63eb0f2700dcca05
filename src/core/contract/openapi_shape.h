#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "core/contract/openapi_document.h"

namespace mscomm {

/// The types that a schema allows for a value that comes as text, in a URL or a header. It looks
/// through references, allOf, anyOf and oneOf.
class ApiShape {
 public:
  /// Without a schema nothing is known about the value.
  ApiShape(ApiDocument& document, std::optional<DocumentNode> schema)
      : document_(document), schema_(std::move(schema)) {}

  /// Whether the schema names a type ("array"). If it names none, any type may be meant.
  [[nodiscard]] bool names(std::string_view type) const;
  [[nodiscard]] bool names_any() const;
  /// Whether it has a reference that only JsonSchema can resolve, so its types are unknown here.
  [[nodiscard]] bool is_unresolved() const;

  [[nodiscard]] ApiShape item(std::size_t index) const;
  [[nodiscard]] ApiShape member(std::string_view name) const;
  [[nodiscard]] bool has_member(std::string_view name) const;
  /// Whether the schema explicitly allows other members than those it names, or allows any.
  [[nodiscard]] bool has_other_members() const;

  /// The text as a number, boolean or null, if `typed`, the schema allows that, and the text can be
  /// read as one; otherwise as a string.
  [[nodiscard]] nlohmann::ordered_json value_of(const std::string& text, bool typed) const;

 private:
  // The first answer of the schema and its parts, in their order.
  using Search = std::function<std::optional<DocumentNode>(const DocumentNode&)>;
  [[nodiscard]] std::optional<DocumentNode> search(const Search& function) const;
  [[nodiscard]] bool has(std::string_view keyword) const;
  [[nodiscard]] ApiShape with(std::optional<DocumentNode> schema) const {
    return {document_, std::move(schema)};
  }

  ApiDocument& document_;
  std::optional<DocumentNode> schema_;
};

}  // namespace mscomm
