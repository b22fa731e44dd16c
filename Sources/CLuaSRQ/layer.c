/* A layer's description as a table. */
#include "layer.h"

void layer_push(lua_State *L, const srq_layer_info *layer)
{
    lua_createtable(L, 0, 21);
    field_string(L, "name", layer->name);
    field_string(L, "role", layer->role);
    field_integer(L, "inputs", layer->inputs);
    field_integer(L, "outputs", layer->outputs);
    field_integer(L, "kernel", layer->kernel);
    field_integer(L, "weight_bits", layer->weight_bits);
    field_integer(L, "activation_bits", layer->activation_bits);
    if (*layer->quantizer)
        field_string(L, "quantizer", layer->quantizer);
    field_number(L, "lower", layer->lower);
    field_number(L, "upper", layer->upper);
    field_number(L, "breakpoint", layer->breakpoint);
    field_number(L, "weight_bound", layer->weight_bound);
    field_number(L, "deviation", layer->deviation);
    field_integer(L, "parameters", (lua_Integer)layer->parameters);
    field_integer(L, "resolution", layer->resolution);
    if (layer->weight_parameters)
        field_integer(L, "weight_parameters", layer->weight_parameters);
    field_number(L, "measure", layer->measure);
    if (*layer->in_float)
        field_string(L, "in_float", layer->in_float);
    if (*layer->arithmetic)
        field_string(L, "arithmetic", layer->arithmetic);
    if (*layer->arithmetic_reason)
        field_string(L, "arithmetic_reason", layer->arithmetic_reason);
    if (layer->input_scales)
        field_integer(L, "input_scales", (lua_Integer)layer->input_scales);
    field_number(L, "smallest_input_scale", layer->smallest_input_scale);
}
