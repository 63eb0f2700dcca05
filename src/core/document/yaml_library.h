#pragma once

#include <yaml.h>

namespace mscomm {

/// The functions of libyaml that are used.
struct YamlLibrary {
  decltype(&yaml_parser_initialize) parser_initialize;
  decltype(&yaml_parser_delete) parser_delete;
  decltype(&yaml_parser_set_input_string) parser_set_input_string;
  decltype(&yaml_parser_parse) parser_parse;
  decltype(&yaml_event_delete) event_delete;

  /// Loads it the first time. Throws Error{usage} when it is not installed.
  static const YamlLibrary& get();
};

}  // namespace mscomm
