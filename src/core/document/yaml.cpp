#include "core/document/yaml.h"

#include <fmt/format.h>

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_set>
#include <utility>
#include <vector>

#include "core/document/json_value.h"
#include "core/document/yaml_library.h"
#include "core/document/yaml_scalar.h"
#include "core/runtime/error.h"
#include "core/runtime/text.h"

namespace mscomm {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostCopies = 1'000'000;  // values copied by aliases

// The size of a scalar, in values that take as much memory as its text.
std::size_t size_of(std::string_view text) {
  constexpr std::size_t kBytesOfValue = 64;
  return 1 + text.size() / kBytesOfValue;
}

class YamlEvent {
 public:
  YamlEvent() = default;
  YamlEvent(const YamlEvent&) = delete;
  YamlEvent& operator=(const YamlEvent&) = delete;
  ~YamlEvent() { YamlLibrary::get().event_delete(&event_); }

  yaml_event_t* operator->() { return &event_; }
  yaml_event_t* get() { return &event_; }

 private:
  yaml_event_t event_{};
};

std::string_view view_of(const yaml_char_t* text) {
  return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

// Builds a value from the parser's events of a document.
class YamlBuilder {
 public:
  explicit YamlBuilder(const std::string& title) : title_(title) {}

  [[noreturn]] void refuse(const yaml_mark_t& mark, std::string_view message) const {
    throw Error(Exit::usage,
                fmt::format("{}:{}:{}: {}", title_, mark.line + 1, mark.column + 1, message));
  }

  void scalar(const yaml_event_t& event) {
    const auto& data = event.data.scalar;
    const auto& mark = event.start_mark;
    std::string text(reinterpret_cast<const char*>(data.value), data.length);
    const bool is_plain = data.style == YAML_PLAIN_SCALAR_STYLE;
    const auto size = size_of(text);
    if (expects_name()) {
      if (data.anchor != nullptr) {
        remember(view_of(data.anchor), {text, size, {entry_at(mark)}}, mark);
      }
      begin_member(std::move(text), is_plain, mark);
      return;
    }
    std::string problem;
    auto value = scalar_value(std::move(text), view_of(data.tag), is_plain, problem);
    if (!value) {
      refuse(mark, problem);
    }
    places_.push_back(entry_at(mark));
    add(std::move(*value), view_of(data.anchor), size, places_.size() - 1, mark);
  }

  void alias(const yaml_event_t& event) {
    const auto& mark = event.start_mark;
    const auto found = anchors_.find(view_of(event.data.alias.anchor));
    if (found == anchors_.end()) {
      refuse(mark, fmt::format("there is no anchor {} before this",
                               in_quotes(view_of(event.data.alias.anchor))));
    }
    const auto& [value, size, places] = found->second;
    count_copies(size, mark);
    if (!expects_name()) {
      const auto entry = places_.size();
      places_.insert(places_.end(), places.begin(), places.end());
      places_[entry].place = entry_at(mark).place;
      add(value, {}, size, entry, mark);
    } else if (value.is_string()) {
      begin_member(value.get<std::string>(), false, mark);
    } else {
      refuse(mark, kNameWanted);
    }
  }

  void begin(Json empty, const yaml_char_t* anchor, const yaml_char_t* tag,
             const yaml_mark_t& mark) {
    const auto wanted = fmt::format("tag:yaml.org,2002:{}", empty.is_object() ? "map" : "seq");
    if (expects_name()) {
      refuse(mark, kNameWanted);
    }
    if (tag != nullptr && view_of(tag) != wanted && view_of(tag) != "!") {
      refuse(mark, fmt::format("the tag {} is not known", in_quotes(view_of(tag))));
    }
    if (levels_.size() == kMostDocumentLevels) {
      refuse(mark, fmt::format("nested deeper than {} levels", kMostDocumentLevels));
    }
    auto& level = levels_.emplace_back();
    level.value = std::move(empty);
    level.anchor = view_of(anchor);
    level.start = mark;
    level.entry = places_.size();
    places_.push_back(entry_at(mark));
  }

  void end() {
    auto level = std::move(levels_.back());
    levels_.pop_back();
    for (const auto& merged : level.merged) {
      merge(level, merged);
    }
    places_[level.entry].size = static_cast<std::uint32_t>(places_.size() - level.entry);
    add(std::move(level.value), level.anchor, level.size, level.entry, level.start);
  }

  // Returns the document, and gets ready for the next one.
  Document take() {
    if (!is_nested_within(root_,
                          kMostDocumentLevels)) {  // aliases may nest deeper than what is written
      refuse({}, fmt::format("nested deeper than {} levels", kMostDocumentLevels));
    }
    anchors_.clear();
    return {std::exchange(root_, Json()), std::exchange(places_, {})};
  }

 private:
  static constexpr std::string_view kNameWanted = "the name of a member is not a scalar";

  // A value outside the document that is being built.
  struct Copy {
    Json value;
    std::size_t size;  // the number of values and names in it
    PlaceTable places;
  };

  // NOLINTNEXTLINE(bugprone-exception-escape): a Json that is moved throws nothing.
  struct Level {
    Json value;
    std::string anchor;
    yaml_mark_t start{};
    std::size_t entry = 0;            // index in the table of places
    std::size_t size = 1;             // as Copy::size
    std::optional<std::string> name;  // of the member whose value comes next
    bool is_merge = false;
    std::unordered_set<std::string> names;
    std::vector<Copy> merged;
  };

  static PlaceEntry entry_at(const yaml_mark_t& mark) {
    return {
        {static_cast<std::uint32_t>(mark.line + 1), static_cast<std::uint32_t>(mark.column + 1)}};
  }

  // The entries of the value that begins at `entry`.
  static PlaceTable part_of(const PlaceTable& places, std::size_t entry) {
    const auto begin = places.begin() + static_cast<std::ptrdiff_t>(entry);
    return {begin, begin + static_cast<std::ptrdiff_t>(places[entry].size)};
  }

  [[nodiscard]] bool expects_name() const {
    return !levels_.empty() && levels_.back().value.is_object() && !levels_.back().name;
  }

  void begin_member(std::string name, bool is_plain, const yaml_mark_t& mark) {
    auto& level = levels_.back();
    level.is_merge = is_plain && name == "<<";
    if (!level.is_merge && !level.names.insert(name).second) {
      refuse(mark, fmt::format("the member {} is there twice", in_quotes(name)));
    }
    level.size += size_of(name);
    level.name = std::move(name);
  }

  // `entry` is the index of the value's entry, the last complete one.
  void add(Json value, std::string_view anchor, std::size_t size, std::size_t entry,
           const yaml_mark_t& mark) {
    if (!anchor.empty()) {
      remember(anchor, {value, size, part_of(places_, entry)}, mark);
    }
    if (levels_.empty()) {
      root_ = std::move(value);
      return;
    }
    auto& level = levels_.back();
    level.size += size;
    if (level.value.is_array()) {
      level.value.push_back(std::move(value));
    } else if (level.is_merge) {
      add_merged(level, {std::move(value), size, part_of(places_, entry)}, mark);
      places_.resize(entry);
      level.name.reset();
    } else {
      append_member(level, std::move(*level.name), std::move(value));
      level.name.reset();
    }
  }

  // The name is new: looking for it again would take quadratic time.
  static void append_member(Level& level, std::string name, Json value) {
    level.value.get_ref<Json::object_t&>().emplace_back(std::move(name), std::move(value));
  }

  void add_merged(Level& level, Copy copy, const yaml_mark_t& mark) const {
    if (!copy.value.is_array()) {
      return add_mapping(level, std::move(copy), mark);
    }
    std::size_t entry = 1;
    for (auto& each : copy.value) {
      auto places = part_of(copy.places, entry);
      entry += places.size();
      add_mapping(level, {std::move(each), 0, std::move(places)}, mark);
    }
  }

  void add_mapping(Level& level, Copy copy, const yaml_mark_t& mark) const {
    if (!copy.value.is_object()) {
      refuse(mark, "what a merge key (<<) merges is not a mapping");
    }
    level.merged.push_back(std::move(copy));
  }

  // Members that are there already keep their value.
  void merge(Level& level, const Copy& merged) {
    std::size_t entry = 1;
    for (const auto& [name, value] : merged.value.items()) {
      const auto size = merged.places[entry].size;
      if (level.names.insert(name).second) {
        append_member(level, name, value);
        const auto begin = merged.places.begin() + static_cast<std::ptrdiff_t>(entry);
        places_.insert(places_.end(), begin, begin + static_cast<std::ptrdiff_t>(size));
      }
      entry += size;
    }
  }

  void remember(std::string_view anchor, Copy copy, const yaml_mark_t& mark) {
    count_copies(copy.size, mark);
    anchors_.insert_or_assign(std::string(anchor), std::move(copy));
  }

  void count_copies(std::size_t size, const yaml_mark_t& mark) {
    copies_ += size;
    if (copies_ > kMostCopies) {
      refuse(mark, fmt::format("aliases make more than {} values of it", kMostCopies));
    }
  }

  const std::string& title_;
  std::vector<Level> levels_;
  std::map<std::string, Copy, std::less<>> anchors_;
  std::size_t copies_ = 0;
  Json root_;
  PlaceTable places_;
};

class YamlReader {
 public:
  YamlReader(std::string_view text, const std::string& title)
      : yaml_(YamlLibrary::get()), builder_(title) {
    if (yaml_.parser_initialize(&parser_) == 0) {
      throw std::bad_alloc();
    }
    yaml_.parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()),
                                  text.size());
  }
  YamlReader(const YamlReader&) = delete;
  YamlReader& operator=(const YamlReader&) = delete;
  ~YamlReader() { yaml_.parser_delete(&parser_); }

  // The next document of the stream; nothing at its end.
  std::optional<Document> next() {
    for (;;) {
      YamlEvent event;
      read(event);
      if (event->type == YAML_STREAM_END_EVENT) {
        return std::nullopt;
      }
      if (event->type == YAML_DOCUMENT_END_EVENT) {
        return builder_.take();
      }
      handle(*event.get());
    }
  }

  void require_end() {
    YamlEvent event;
    read(event);
    if (event->type == YAML_DOCUMENT_START_EVENT) {
      builder_.refuse(event->start_mark, "a second document begins, and one is wanted");
    }
  }

 private:
  void read(YamlEvent& event) {
    if (yaml_.parser_parse(&parser_, event.get()) == 0) {
      refuse();
    }
  }

  void handle(const yaml_event_t& event) {
    switch (event.type) {
      case YAML_SCALAR_EVENT:
        return builder_.scalar(event);
      case YAML_ALIAS_EVENT:
        return builder_.alias(event);
      case YAML_SEQUENCE_START_EVENT:
        return builder_.begin(Json::array(), event.data.sequence_start.anchor,
                              event.data.sequence_start.tag, event.start_mark);
      case YAML_MAPPING_START_EVENT:
        return builder_.begin(Json::object(), event.data.mapping_start.anchor,
                              event.data.mapping_start.tag, event.start_mark);
      case YAML_SEQUENCE_END_EVENT:
      case YAML_MAPPING_END_EVENT:
        return builder_.end();
      default:
        return;
    }
  }

  [[noreturn]] void refuse() const {
    if (parser_.error == YAML_MEMORY_ERROR) {
      throw std::bad_alloc();
    }
    const auto* const problem = parser_.problem == nullptr ? "it is not YAML" : parser_.problem;
    // Bytes that cannot be decoded have no mark; the reader's position is used.
    const bool has_mark = parser_.error != YAML_READER_ERROR;
    builder_.refuse(has_mark ? parser_.problem_mark : parser_.mark,
                    parser_.context == nullptr ? std::string(problem)
                                               : fmt::format("{} {}", problem, parser_.context));
  }

  const YamlLibrary& yaml_;
  yaml_parser_t parser_{};
  YamlBuilder builder_;
};

}  // namespace

Document parse_yaml(std::string_view text, const std::string& title) {
  YamlReader reader(text, title);
  auto document = reader.next();
  if (!document) {
    return {Json(), {}};
  }
  reader.require_end();
  return std::move(*document);
}

std::vector<Document> parse_yaml_stream(std::string_view text, const std::string& title) {
  YamlReader reader(text, title);
  std::vector<Document> documents;
  while (auto document = reader.next()) {
    documents.push_back(std::move(*document));
  }
  return documents;
}

}  // namespace mscomm
