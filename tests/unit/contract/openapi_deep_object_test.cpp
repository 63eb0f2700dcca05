// Which parameters with keys in brackets, and which lists in objects, keep an OpenAPI description.

#include <gtest/gtest.h>

#include "unit/contract/openapi_fixture.h"

namespace mscomm {
namespace {

using test::ParameterRow;

class OpenApiDeepObject : public testing::TestWithParam<ParameterRow> {};

TEST_P(OpenApiDeepObject, IsReadAsItsSchemaSays) { test::expect_judged(GetParam()); }

const std::vector<ParameterRow> deep_rows{
    {"DeepObject",
     "both",
     "/a",
     "{name: o, in: query, style: deepObject, explode: true, schema: {type: object, properties: "
     "{R: {type: integer}, in: {type: object, properties: {deep: {type: boolean}}}}}}",
     "GET /a?o[R]=1&o%5Bin%5D[deep]=x",
     {"query parameter o /in/deep: \"x\" is not a boolean"}},
    {"DeepObjectRequired",
     "both",
     "/a",
     "{name: o, in: query, required: true, style: deepObject, schema: {type: object}}",
     "GET /a?o=1",
     {"query parameter o is required"}},
    {"DeepObjectOfSixteenKeys",
     "both",
     "/a",
     "{name: o, in: query, style: deepObject, schema: {type: object, maxProperties: 0}}",
     "GET /a?o[a][a][a][a][a][a][a][a][a][a][a][a][a][a][a][a]=1",
     {"query parameter o: there is 1 member, more than 0"}},
    {"DeepObjectIsNotAnyDeeper",
     "both",
     "/a",
     "{name: o, in: query, required: true, style: deepObject, explode: true, schema: {type: "
     "object, maxProperties: 0}}",
     "GET /a?o[a][a][a][a][a][a][a][a][a][a][a][a][a][a][a][a][a]=1",
     {"query parameter o: there is 1 member, more than 0"}},
    {"DeepObjectWithARepeatedMember",
     "both",
     "/a",
     "{name: o, in: query, required: true, style: deepObject, explode: true, schema: {type: "
     "object, properties: {tags: {type: array, items: {type: integer}}}}}",
     "GET /a?o[tags]=1&o[tags]=x",
     {"query parameter o /tags/1: \"x\" is not an integer"}},
    {"DeepObjectWithOneItem",
     "both",
     "/a",
     "{name: o, in: query, required: true, style: deepObject, explode: true, schema: {type: "
     "object, properties: {tags: {type: array, items: {type: integer}}}}}",
     "GET /a?o[tags]=1",
     {}},
    {"DeepObjectWithEmptyBrackets",
     "both",
     "/a",
     "{name: o, in: query, required: true, style: deepObject, explode: true, schema: {type: "
     "object, properties: {tags: {type: array, items: {type: integer}}}}}",
     "GET /a?o[tags][]=1&o[tags][]=x",
     {"query parameter o /tags/1: \"x\" is not an integer"}},
    {"DeepObjectWithNumbers",
     "both",
     "/a",
     "{name: o, in: query, required: true, style: deepObject, explode: true, schema: {type: "
     "object, properties: {tags: {type: array, items: {enum: [a, b, c]}, minItems: 3}}}}",
     "GET /a?o[tags][0]=a&o[tags][10]=c&o[tags][2]=b",
     {}},
    {"DeepObjectInTheOrderOfNumbers",
     "both",
     "/a",
     "{name: o, in: query, required: true, style: deepObject, explode: true, schema: {type: "
     "object, properties: {tags: {type: array, items: {type: integer}}}}}",
     "GET /a?o[tags][1]=x&o[tags][0]=5",
     {"query parameter o /tags/1: \"x\" is not an integer"}},
    {"DeepObjectWithObjectsByNumber",
     "both",
     "/a",
     "{name: o, in: query, required: true, style: deepObject, explode: true, schema: {type: "
     "object, properties: {list: {type: array, maxItems: 2, items: {type: object, required: [a, "
     "b], properties: {a: {type: integer}, b: {type: string}}}}}}}",
     "GET /a?o[list][0][a]=1&o[list][1][a]=2&o[list][0][b]=x&o[list][1][b]=y",
     {}},
    {"DeepObjectWithHalfAnObject",
     "both",
     "/a",
     "{name: o, in: query, required: true, style: deepObject, explode: true, schema: {type: "
     "object, properties: {list: {type: array, maxItems: 2, items: {type: object, required: [a, "
     "b], properties: {a: {type: integer}, b: {type: string}}}}}}}",
     "GET /a?o[list][0][a]=1&o[list][1][a]=2&o[list][0][b]=x",
     {"query parameter o /list/1: the member 'b' is missing"}},
    {"DeepObjectWithObjectsByEmptyBrackets",
     "both",
     "/a",
     "{name: o, in: query, required: true, style: deepObject, explode: true, schema: {type: "
     "object, properties: {list: {type: array, maxItems: 2, items: {type: object, required: [a, "
     "b], properties: {a: {type: integer}, b: {type: string}}}}}}}",
     "GET /a?o[list][][a]=1&o[list][][b]=x&o[list][][a]=2&o[list][][b]=y",
     {}},
    {"DeepObjectWithListsInItems",
     "both",
     "/a",
     "{name: o, in: query, required: true, style: deepObject, explode: true, schema: {type: "
     "object, properties: {l: {type: array, items: {type: object, properties: {t: {type: array, "
     "minItems: 2, items: {type: integer}}}}}}}}",
     "GET /a?o[l][0][t][]=1&o[l][0][t][]=2&o[l][1][t][]=3",
     {"query parameter o /l/1/t: there is 1 item, fewer than 2"}},
    {"DeepArray",
     "both",
     "/a",
     "{name: o, in: query, required: true, style: deepObject, explode: true, schema: {type: array, "
     "items: {type: integer}}}",
     "GET /a?o[]=1&o[]=x",
     {"query parameter o /1: \"x\" is not an integer"}},
    {"DeepArrayOfObjects",
     "both",
     "/a",
     "{name: o, in: query, required: true, style: deepObject, explode: true, schema: {type: array, "
     "items: {type: object, required: [a, b]}}}",
     "GET /a?o[0][a]=1&o[0][b]=2",
     {}},
    {"DeepArrayWithNames",
     "both",
     "/a",
     "{name: o, in: query, required: true, style: deepObject, explode: true, schema: {type: "
     "array}}",
     "GET /a?o[a]=1",
     {"query parameter o: {\"a\":1} is not an array"}},
    {"DeepObjectTwiceThoughNoArray",
     "both",
     "/a",
     "{name: o, in: query, required: true, style: deepObject, explode: true, schema: {type: "
     "object, properties: {n: {type: integer}}}}",
     "GET /a?o[n]=1&o[n]=2",
     {"query parameter o /n: [1,2] is not an integer"}},
    {"DeepObjectThatMayBeTextOrAList",
     "both",
     "/a",
     "{name: o, in: query, required: true, style: deepObject, explode: true, schema: {type: "
     "object, properties: {n: {oneOf: [{type: string}, {type: array, minItems: 2, items: {type: "
     "string}}]}}}}",
     "GET /a?o[n]=a",
     {}},
    {"DeepObjectThatIsAList",
     "both",
     "/a",
     "{name: o, in: query, required: true, style: deepObject, explode: true, schema: {type: "
     "object, properties: {n: {oneOf: [{type: string}, {type: array, minItems: 2, items: {type: "
     "string}}]}}}}",
     "GET /a?o[n]=a&o[n]=b",
     {}},
    {"DeepObjectWithNumbersAsNames",
     "both",
     "/a",
     "{name: o, in: query, required: true, style: deepObject, explode: true, schema: {type: "
     "object, properties: {m: {type: object, additionalProperties: {type: integer}}}}}",
     "GET /a?o[m][0]=1&o[m][7]=x",
     {"query parameter o /m/7: \"x\" is not an integer"}},
    {"DeepObjectWithAMemberThatIsText",
     "both",
     "/a",
     "{name: o, in: query, required: true, style: deepObject, explode: true, schema: {type: "
     "object, properties: {m: {type: object, additionalProperties: false, properties: {a: {}}}}}}",
     "GET /a?o[m]=x&o[m][a]=1",
     {"query parameter o /m/: '' is not allowed (additionalProperties)"}},
    {"FormObjectWithAList",
     "both",
     "/a",
     "{name: o, in: query, required: true, schema: {type: object, properties: {t: {type: array, "
     "items: {type: integer}}}}}",
     "GET /a?t=1&t=x",
     {"query parameter o /t/1: \"x\" is not an integer"}},
};

INSTANTIATE_TEST_SUITE_P(All, OpenApiDeepObject, testing::ValuesIn(deep_rows),
                         [](const auto& row) { return test::name_of_row(row); });

}  // namespace
}  // namespace mscomm
